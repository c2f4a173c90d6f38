import type { InputContext } from './context.ts';
import { whySecretsAreEmpty } from './empty-secrets.ts';
import type { CommandMode, ExportRequest, Method } from './request.ts';

const USES_CLIENT_ID: ReadonlySet<Method> = new Set([
  'oidc',
  'client-secret',
  'client-certificate',
  'managed-identity',
  'workload-identity',
]);

/**
 * Options that do not belong to the method. One that is part of a credential, or that could not be done, is a problem;
 * one that only tunes something is a warning, so that a workflow may pass the same options to every method.
 */
export function checkUnused(
  context: InputContext,
  method: Method,
  mode: CommandMode | undefined,
  exports: ExportRequest,
): void {
  checkImpossible(context, method);
  warnOfIdleIds(context, method);
  warnOfIdleOptions(context, method);
  warnOfIdleSecretsExport(context, method, exports);
  if (method === 'publish-settings' && exports.families.includes('terraform')) {
    context.findings.warning(
      '`export-env: terraform` has no effect with publish-settings: Terraform takes no management certificate.',
    );
  }
  if (mode === 'asm' && !context.inputs.flag('list-subscriptions')) {
    context.findings.warning('`list-subscriptions` has no effect in `mode: asm`.');
  }
}

function checkImpossible({ inputs, findings, env }: InputContext, method: Method): void {
  if (method !== 'client-certificate' && inputs.given('client-certificate-password')) {
    const empty = !inputs.given('client-certificate');
    findings.problem(
      `\`client-certificate-password\` is given${empty ? ', but `client-certificate` is empty.' : ` beside ${method}.`}`,
      ...(empty ? whySecretsAreEmpty(env) : []),
    );
  }
  if (method === 'publish-settings' && inputs.flag('enable-AzPSSession')) {
    findings.problem(
      '`enable-AzPSSession` does not go with publish settings: Azure PowerShell signs in to Resource Manager, which takes no management certificate.',
    );
  }
}

function warnOfIdleIds({ inputs, findings }: InputContext, method: Method): void {
  if (inputs.given('client-id') && !USES_CLIENT_ID.has(method)) {
    findings.warning(`\`client-id\` has no effect with ${method}.`);
  }
  if (inputs.given('tenant-id') && method === 'publish-settings') {
    findings.warning('`tenant-id` has no effect with publish-settings.');
  }
}

function warnOfIdleOptions({ inputs, findings }: InputContext, method: Method): void {
  if (inputs.given('audience') && method !== 'oidc') {
    findings.warning(`\`audience\` has no effect with ${method}: it is for the ID token of \`oidc\`.`);
  }
  if (inputs.flag('send-certificate-chain') && method !== 'client-certificate') {
    findings.warning(`\`send-certificate-chain\` has no effect with ${method}: no \`client-certificate\` is given.`);
  }
  if (!inputs.flag('delete-publish-settings')) return;
  if (method !== 'publish-settings') {
    findings.warning(`\`delete-publish-settings\` has no effect with ${method}: no \`publish-settings\` is given.`);
  } else if (inputs.text('publish-settings').includes('<')) {
    findings.warning(
      '`delete-publish-settings` has no effect: `publish-settings` holds the text, not a file to delete.',
    );
  }
}

function warnOfIdleSecretsExport({ inputs, findings }: InputContext, method: Method, exports: ExportRequest): void {
  if (!inputs.flag('export-secrets')) return;
  if (exports.families === 'none') {
    findings.warning('`export-secrets` has no effect with `export-env: none`.');
  } else if (method !== 'client-secret') {
    findings.warning(`\`export-secrets\` has no effect with ${method}: there is no client secret to export.`);
  }
}
