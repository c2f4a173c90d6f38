import { KNOWN_CLOUDS, type KnownCloudName } from '../azure/clouds.ts';
import type { InputContext } from './context.ts';
import type { Creds } from './creds.ts';
import { httpsOrigin } from './forms.ts';
import type { Findings } from './problems.ts';
import type { CloudRequest } from './request.ts';

/** What the clients of later steps call a cloud that is not one of Microsoft's. */
const PRIVATE_CLOUD_NAME = 'AzureStack';

const URL_FORM = 'It must look like https://management.local.azurestack.external, without a path.';

/**
 * The cloud to sign in to, `undefined` after a problem.
 *
 * The runner fills in `environment: AzureCloud` when the workflow names none, so `AzureCloud` beside a
 * `resource-manager-url` is no contradiction: the URL decides. The URL inside `creds` counts for `AzureStack` alone, as
 * at azure/login, because `az ad sp create-for-rbac` writes the public cloud's there.
 */
export function readCloud(context: InputContext, creds: Creds): CloudRequest | undefined {
  const environment = context.inputs.choice('environment');
  if (environment === undefined) return undefined;
  if (environment === 'AzureStack') return readStack(context, creds);
  warnOfForeignCreds(context, creds, environment);
  return context.inputs.given('resource-manager-url')
    ? readCloudByUrl(context, environment)
    : { kind: 'known', name: environment };
}

function readStack({ inputs, findings }: InputContext, creds: Creds): CloudRequest | undefined {
  if (inputs.given('resource-manager-url')) {
    const url = readUrl({ inputs, findings });
    return url === undefined || reportClassic(findings, '`resource-manager-url`', url) ? undefined : privateCloud(url);
  }
  // An unusable `creds` is a problem already, and might have held the URL.
  if (creds.kind === 'unusable') return undefined;
  const fromCreds = creds.kind === 'read' ? creds.principal.resourceManagerUrl : '';
  if (fromCreds === '') {
    findings.problem(
      '`environment: AzureStack` needs to know where the Azure Stack Hub or private cloud is.',
      'Give its Resource Manager in `resource-manager-url`, for example https://management.local.azurestack.external. `resourceManagerEndpointUrl` in `creds` does as well.',
    );
    return undefined;
  }
  const url = httpsOrigin(fromCreds);
  if (url === undefined) {
    findings.problem(
      `\`resourceManagerEndpointUrl\` in \`creds\` is not the https URL of a Resource Manager. ${URL_FORM}`,
    );
  }
  const name = '`resourceManagerEndpointUrl` in `creds`';
  return url === undefined || reportClassic(findings, name, url) ? undefined : privateCloud(url);
}

/** The classic Service Management has a similar name, and describes no cloud. */
function reportClassic(findings: Findings, name: string, url: string): boolean {
  const owner = cloudAt(url, 'serviceManagement');
  if (owner === undefined) return false;
  findings.problem(
    `${name} is the classic Service Management of ${owner}, not a Resource Manager.`,
    `For that cloud, set \`environment: ${owner}\` and leave the URL out. For a private cloud, give its Resource Manager. ${URL_FORM}`,
  );
  return true;
}

function readCloudByUrl(context: InputContext, environment: KnownCloudName): CloudRequest | undefined {
  const url = readUrl(context);
  if (url === undefined || reportClassic(context.findings, '`resource-manager-url`', url)) return undefined;
  const owner = cloudAt(url, 'resourceManager');
  if (owner === environment) return { kind: 'known', name: environment };
  if (environment !== 'AzureCloud') {
    context.findings.problem(
      `\`environment: ${environment}\` and \`resource-manager-url\` name different clouds.`,
      `Remove \`resource-manager-url\` for ${environment}, or set \`environment: AzureStack\` for a private cloud.`,
    );
    return undefined;
  }
  if (owner !== undefined) {
    context.findings.problem(
      `\`resource-manager-url\` is the Resource Manager of ${owner}.`,
      `Set \`environment: ${owner}\` instead.`,
    );
    return undefined;
  }
  return privateCloud(url);
}

function readUrl({ inputs, findings }: Pick<InputContext, 'inputs' | 'findings'>): string | undefined {
  const url = httpsOrigin(inputs.text('resource-manager-url'));
  if (url === undefined && !inputs.garbled('resource-manager-url')) {
    findings.problem(`\`resource-manager-url\` is not the https URL of a Resource Manager. ${URL_FORM}`);
  }
  return url;
}

function privateCloud(resourceManagerUrl: string): CloudRequest {
  return { kind: 'discovered', name: PRIVATE_CLOUD_NAME, resourceManagerUrl };
}

function cloudAt(url: string, endpoint: 'resourceManager' | 'serviceManagement'): KnownCloudName | undefined {
  const names = Object.keys(KNOWN_CLOUDS) as KnownCloudName[];
  return names.find((name) => KNOWN_CLOUDS[name][endpoint] === url);
}

/** `creds` made in one cloud and used in another is refused by Entra as an unknown tenant, which says little. */
function warnOfForeignCreds({ inputs, findings }: InputContext, creds: Creds, environment: KnownCloudName): void {
  if (creds.kind !== 'read' || creds.principal.resourceManagerUrl === '' || inputs.given('resource-manager-url'))
    return;
  const url = httpsOrigin(creds.principal.resourceManagerUrl) ?? '';
  const classic = cloudAt(url, 'serviceManagement');
  const owner = classic ?? cloudAt(url, 'resourceManager');
  if (owner === environment) {
    if (classic !== undefined) findings.warning(classicUrlWarning(classic));
    return;
  }
  findings.warning(
    `\`creds\` was made in ${owner ?? 'another cloud'}, by its \`resourceManagerEndpointUrl\`, but \`environment\` is ${environment}. Set \`environment: ${owner ?? 'AzureStack'}\` if the sign-in is refused.`,
  );
}

function classicUrlWarning(owner: KnownCloudName): string {
  return `\`resourceManagerEndpointUrl\` in \`creds\` is the classic Service Management of ${owner}. It has no effect here; other tools need the Resource Manager there, ${KNOWN_CLOUDS[owner].resourceManager}/.`;
}
