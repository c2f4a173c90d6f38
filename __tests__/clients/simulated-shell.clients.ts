/** `npx node simulator/cli.ts -- bash`: a contributor runs `az login` in a simulated Azure. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Job, ROOT } from '../../simulator/job.ts';
import { AZS, PRODUCTION_GROUPS } from './az.ts';
import { reportSignIn, runClient } from './session.ts';

const LOGINS: Readonly<Record<string, string>> = {
  secret: '--service-principal --username "$DEMO_CLIENT_ID" --password "$DEMO_CLIENT_SECRET"',
  password: '--username "$DEMO_USERNAME" --password "$DEMO_PASSWORD"',
};

for (const [client, az] of Object.entries(AZS)) {
  for (const [way, credential] of Object.entries(LOGINS)) {
    test(`${client}: az login by ${way} in a shell of the simulator`, async (context) => {
      using job = new Job({ az });
      const login = `"$az" login ${credential} --tenant "$DEMO_TENANT_ID" --output none`;
      const script = `${login} && "$az" group list --query "[].name" --output tsv`;
      const shell = [join(ROOT, 'simulator', 'cli.ts'), '--', 'bash', '-c', script];
      const { stdout } = await runClient(job, process.execPath, shell);
      assert.deepEqual(stdout.trim().split('\n').sort(), PRODUCTION_GROUPS);
      assert.ok(!existsSync(join(job.home, '.azure')), "az wrote to the user's own profile");
      reportSignIn(context, client, `its own login by ${way}`);
    });
  }
}
