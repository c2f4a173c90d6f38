/** `npx node simulator/cli.ts -- bash`: a contributor runs `az login` in a simulated Azure. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Job, ROOT } from '../../simulator/job.ts';
import { AZS } from './az.ts';
import { reportSignIn } from './session.ts';

const TOOL = join(ROOT, 'simulator', 'cli.ts');

/** `$az` is the tested version. */
const LOGINS: Readonly<Record<string, string>> = {
  secret:
    '"$az" login --service-principal --username "$DEMO_CLIENT_ID" --password "$DEMO_CLIENT_SECRET" --tenant "$DEMO_TENANT_ID"',
  password: '"$az" login --username "$DEMO_USERNAME" --password "$DEMO_PASSWORD" --tenant "$DEMO_TENANT_ID"',
};

for (const [client, az] of Object.entries(AZS)) {
  for (const [way, login] of Object.entries(LOGINS)) {
    test(`${client}: az login by ${way} in a shell of the simulator`, async (context) => {
      using job = new Job({ az });
      const script = `${login} --output none && "$az" group list --query "[].name" --output tsv`;
      const { exitCode, stdout, log } = await job.run(process.execPath, [TOOL, '--', 'bash', '-c', script]);
      assert.equal(exitCode, 0, log);
      assert.deepEqual(stdout.trim().split('\n').sort(), ['production-data', 'production-web']);
      assert.ok(!existsSync(join(job.home, '.azure')), "az wrote to the user's own profile");
      reportSignIn(context, client, `its own login by ${way}`);
    });
  }
}
