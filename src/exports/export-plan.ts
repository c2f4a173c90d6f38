import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SignInRequest } from '../inputs/request.ts';
import type { LoginFiles } from '../profile/login-files.ts';
import type { RunnerImage } from '../profile/runner-image.ts';
import type { Environment } from '../runner/runner.ts';
import type { Session } from '../session.ts';
import { azureFamily, azureFamilyOfCertificates } from './azure.ts';
import { misleadingVariables } from './misleading.ts';
import type { SessionPfx } from './pfx.ts';
import { terraformFamily } from './terraform.ts';
import { type ExportPlan, planExports, type VariableFamily } from './variables.ts';

/** Where the session is on disk, for the variables that point there. */
export interface ExportSources {
  readonly folder: string;
  readonly files: LoginFiles;
  readonly pfx: SessionPfx | undefined;
  readonly image: RunnerImage;
  readonly env: Environment;
}

/** Which variables later steps get. A new consumer is one file beside this one and one line in `familiesOf`. */
export function exportPlan(session: Session, request: SignInRequest, sources: ExportSources): ExportPlan {
  const { env, image } = sources;
  if (request.exports.families === 'none') {
    return { values: {}, undo: [], warnings: misleadingVariables(session, env, 'left-to-the-workflow').warnings };
  }
  const misleading = misleadingVariables(session, env, 'exported');
  const families = [locations(sources), misleading.family, ...familiesOf(session, request, sources)];
  const plan = planExports(families, env, image.owner, valuesForUnset());
  return { ...plan, warnings: [...misleading.warnings, ...plan.warnings] };
}

function familiesOf(session: Session, request: SignInRequest, { files, pfx, env }: ExportSources): VariableFamily[] {
  const { families, secrets } = request.exports;
  const azure = families.includes('azure');
  if (session.kind === 'management-certificates') return azure ? [azureFamilyOfCertificates(session)] : [];
  const { account, handover } = session;
  const sdks = { secrets, keepAlive: request.keepAlive ? 'on' : 'off', env } as const;
  const terraform = { secrets, env, secretPath: files.clientSecret.path, pfx };
  return [
    ...(azure ? [azureFamily(account, handover, files, sdks)] : []),
    ...(families.includes('terraform') ? [terraformFamily(account, handover, terraform)] : []),
  ];
}

/** Where the profile is, and where the extensions of the image are, which a new folder would hide. */
function locations({ folder, image: { extensionDir }, env }: ExportSources): VariableFamily {
  const extensions = { name: 'AZURE_EXTENSION_DIR', value: extensionDir, content: 'plain' } as const;
  return {
    owned: [],
    replacing: env['AZURE_CONFIG_DIR']?.toLowerCase() === FOLDER_OF_WINDOWS_IMAGES ? 'silent' : 'warn',
    variables: [
      { name: 'AZURE_CONFIG_DIR', value: folder, content: 'plain' },
      ...(extensionDir === '' ? [] : [extensions]),
    ],
  };
}

/** Set for the whole machine, not by the workflow. Source: actions/runner-images, `Install-AzureCli.ps1`. */
const FOLDER_OF_WINDOWS_IMAGES = 'c:\\azurecli';

/** The runner can blank a variable but not remove it, and these break their readers when they are empty. */
function valuesForUnset(): Record<string, string> {
  return {
    AZURE_CONFIG_DIR: join(homedir(), '.azure'),
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  };
}
