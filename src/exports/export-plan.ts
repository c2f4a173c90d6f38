import { LOGINS_VARIABLE } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportFamily, SignInRequest } from '../core/request.ts';
import type { Session } from '../core/session.ts';
import { valuesForUnset } from '../core/unset-variables.ts';
import type { RunnerImage } from '../profile/runner-image.ts';
import type { LoginFiles } from '../profile/saved-session.ts';
import { azureFamily, azureFamilyOfCertificates, endpointFamilies } from './azure.ts';
import type { SessionPfx } from './pfx.ts';
import { misleadingVariables } from './surroundings.ts';
import { terraformFamily, terraformFiles } from './terraform.ts';
import { type Past, planExports, type VariableFamily, type VariablePlan } from './variables.ts';

/** Where the session is on disk, for the variables that point there. */
interface ExportSources {
  /** Name of this login. */
  readonly login: string;
  readonly folder: string;
  readonly files: LoginFiles;
  readonly image: RunnerImage;
  readonly env: Environment;
}

/** What later steps get. */
interface ExportPlan extends VariablePlan {
  /** What the variables name, by name in the profile folder. */
  readonly files: readonly { readonly name: string; readonly content: string | Buffer }[];
  /** Where Terraform or PowerShell is to read the certificate of the session. */
  readonly pfx: SessionPfx | undefined;
}

/**
 * A new consumer is one file beside this one and one line in `familiesOf`.
 * @param mask called with what is made here and secret
 */
export async function exportPlan(
  session: Session,
  request: SignInRequest,
  sources: ExportSources,
  mask: (secret: string) => void,
): Promise<ExportPlan> {
  const { families, secrets } = request.exports;
  const { files } = sources;
  const isOfTerraform = families.includes('terraform');
  const material = session.kind === 'account' ? session.material : undefined;
  const needsPfx = material?.kind === 'client-certificate' && (request.powershell || isOfTerraform);
  // Loaded where somebody is to read it.
  const pfx = needsPfx ? (await import('./pfx.ts')).sessionPfx(material.certificate, files.pfx.path, mask) : undefined;
  const secret =
    material !== undefined && isOfTerraform ? terraformFiles(material, secrets, files.clientSecret.name) : [];
  const pfxFile = pfx === undefined ? [] : [{ name: files.pfx.name, content: pfx.content }];
  return { ...variablePlan(session, request, sources, pfx), files: [...secret, ...pfxFile], pfx };
}

function variablePlan(
  session: Session,
  request: SignInRequest,
  sources: ExportSources,
  pfx: SessionPfx | undefined,
): VariablePlan {
  const { login, env, image } = sources;
  if (request.exports.families === 'none') {
    return { values: {}, warnings: misleadingVariables(session, env, 'left-to-the-workflow').warnings ?? [] };
  }
  const past = pastOf(env, image);
  const families = [
    locations(sources, past),
    ...endpointFamilies(session, env),
    misleadingVariables(session, env, past.login === 'signed-in' ? 'exported-again' : 'exported'),
    ...familiesOf(session, request, sources, pfx, past),
  ];
  return planExports(families, login, past);
}

/** The folder tells: that of a login, or the default one, which the end of a login leaves and hardly a workflow names. */
function pastOf(env: Environment, { owner }: RunnerImage): Past {
  const unset = valuesForUnset(env);
  const isSignedIn = owner === 'earlier-login' || (env[LOGINS_VARIABLE] ?? '') !== '';
  const isOver = env['AZURE_CONFIG_DIR'] === unset.AZURE_CONFIG_DIR;
  return { env, unset, login: isSignedIn ? 'signed-in' : isOver ? 'signed-out' : 'none' };
}

function familiesOf(
  session: Session,
  request: SignInRequest,
  { files, env }: ExportSources,
  pfx: SessionPfx | undefined,
  past: Past,
): VariableFamily[] {
  const { families, secrets } = request.exports;
  if (families === 'none') return [];
  if (session.kind === 'management-certificates') {
    return families.includes('azure') ? [azureFamilyOfCertificates(session, past)] : [];
  }
  const sdks = { secrets, keepAlive: request.keepAlive, past };
  const terraform = { secrets, env, secretPath: files.clientSecret.path, pfx };
  const makers: Readonly<Record<ExportFamily, () => VariableFamily>> = {
    azure: () => azureFamily(session, files, sdks),
    terraform: () => terraformFamily(session, terraform),
  };
  return families.map((name) => makers[name]());
}

/** Where the profile is, and where the extensions of the image are, which a new folder would hide. */
function locations({ folder, image, env }: ExportSources, { login }: Past): VariableFamily {
  return {
    owned: [],
    replacing: env['AZURE_CONFIG_DIR']?.toLowerCase() === FOLDER_OF_WINDOWS_IMAGES ? 'silent' : 'warn',
    variables: {
      AZURE_CONFIG_DIR: folder,
      // What an earlier login of the job exported would go with it: this one needs it too.
      AZURE_EXTENSION_DIR: image.extensionDir || (login === 'signed-in' ? (env['AZURE_EXTENSION_DIR'] ?? '') : ''),
    },
  };
}

/** Set for the whole machine, not by the workflow. Source: actions/runner-images, `Install-AzureCli.ps1`. */
const FOLDER_OF_WINDOWS_IMAGES = 'c:\\azurecli';
