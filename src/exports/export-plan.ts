import type { SessionPfx } from '../certificate/pfx.ts';
import { LOGINS_VARIABLE, valuesForUnset } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportFamily, SignInRequest } from '../core/request.ts';
import type { Session } from '../core/session.ts';
import type { RunnerImage } from '../profile/runner-image.ts';
import type { LoginFiles } from '../profile/saved-session.ts';
import { azureFamily, azureFamilyForCertificates, endpointFamilies } from './azure.ts';
import { misleadingVariables } from './job-environment.ts';
import { terraformFamily, terraformFiles } from './terraform.ts';
import { type PriorState, planExports, type VariableFamily, type VariablePlan } from './variables.ts';

interface ExportSources {
  /** Name of this login. */
  readonly login: string;
  /** The profile folder. */
  readonly folder: string;
  readonly files: LoginFiles;
  readonly image: RunnerImage;
  readonly env: Environment;
}

/**
 * Builds the variables for later steps, and the files in the profile folder to which they point. A new consumer is one
 * file in this folder and one line in `familiesOf`.
 * @param mask called with each secret that is generated here
 */
export async function exportPlan(
  session: Session,
  request: SignInRequest,
  sources: ExportSources,
  mask: (secret: string) => void,
) {
  const { families, secrets } = request.exports;
  const { files } = sources;
  const hasTerraform = families.includes('terraform');
  const material = session.kind === 'account' ? session.material : undefined;
  const needsPfx = material?.kind === 'client-certificate' && (request.powershell || hasTerraform);
  const pfx = needsPfx
    ? (await import('../certificate/pfx.ts')).sessionPfx(material.certificate, files.pfx.path, mask)
    : undefined;
  const secretFiles =
    material !== undefined && hasTerraform ? terraformFiles(material, secrets, files.clientSecret.name) : [];
  const pfxFiles = pfx === undefined ? [] : [{ name: files.pfx.name, content: pfx.content }];
  return { ...variablePlan(session, request, sources, pfx), files: [...secretFiles, ...pfxFiles], pfx };
}

function variablePlan(
  session: Session,
  request: SignInRequest,
  sources: ExportSources,
  pfx: SessionPfx | undefined,
): VariablePlan {
  const { login, env, image } = sources;
  if (request.exports.families.length === 0) {
    return { values: {}, warnings: misleadingVariables(session, env, 'not-exported').warnings ?? [] };
  }
  const prior = priorState(env, image);
  const families = [
    profileFamily(sources, prior),
    ...endpointFamilies(session, env),
    misleadingVariables(session, env, prior.earlierLogin === 'active' ? 'exported-again' : 'exported'),
    ...familiesOf(session, request, sources, pfx, prior),
  ];
  return planExports(families, login, prior);
}

/** The end of a login sets `AZURE_CONFIG_DIR` to the default folder, which workflows hardly ever set themselves. */
function priorState(env: Environment, { owner }: RunnerImage): PriorState {
  const unset = valuesForUnset(env);
  const isActive = owner === 'earlier-login' || (env[LOGINS_VARIABLE] ?? '') !== '';
  const hasEnded = env['AZURE_CONFIG_DIR'] === unset.AZURE_CONFIG_DIR;
  return { env, unset, earlierLogin: isActive ? 'active' : hasEnded ? 'ended' : 'none' };
}

function familiesOf(
  session: Session,
  request: SignInRequest,
  { files, env }: ExportSources,
  pfx: SessionPfx | undefined,
  prior: PriorState,
): VariableFamily[] {
  const { families, secrets } = request.exports;
  if (session.kind === 'management-certificates') {
    return families.includes('azure') ? [azureFamilyForCertificates(session, prior)] : [];
  }
  const sdks = { secrets, keepAlive: request.keepAlive, prior };
  const terraform = { secrets, env, secretPath: files.clientSecret.path, pfx };
  const builders: Readonly<Record<ExportFamily, () => VariableFamily>> = {
    azure: () => azureFamily(session, files, sdks),
    terraform: () => terraformFamily(session, terraform),
  };
  return families.map((name) => builders[name]());
}

/** The profile folder, and the image's folder of extensions, which `az` would not find from a new profile folder. */
function profileFamily({ folder, image, env }: ExportSources, { earlierLogin }: PriorState): VariableFamily {
  return {
    owned: [],
    onReplace: env['AZURE_CONFIG_DIR']?.toLowerCase() === FOLDER_OF_WINDOWS_IMAGES ? 'silent' : 'warn',
    variables: {
      AZURE_CONFIG_DIR: folder,
      // The value of an earlier login is exported again: otherwise it would be removed when that login ends.
      AZURE_EXTENSION_DIR: image.extensionDir || (earlierLogin === 'active' ? (env['AZURE_EXTENSION_DIR'] ?? '') : ''),
    },
  };
}

/** The runner image, not the workflow, sets this folder. Source: actions/runner-images, `Install-AzureCli.ps1`. */
const FOLDER_OF_WINDOWS_IMAGES = 'c:\\azurecli';
