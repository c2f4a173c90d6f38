import type { CredentialRequest, SignInRequest } from './request.ts';

/** Something the inputs can ask for that no code does yet: its name at the beginning of a sentence, and who asks for it. */
export interface UnbuiltFeature {
  readonly name: string;
  readonly isAsked: (request: SignInRequest) => boolean;
}

/** One line a feature, to be deleted when the feature is there. */
export const NOT_YET: ReadonlySet<UnbuiltFeature> = new Set([
  { name: '`auth-type: managed-identity`', isAsked: signsInBy('managed-identity') },
  { name: '`auth-type: workload-identity`', isAsked: signsInBy('workload-identity') },
  { name: 'Signing in with `username` and `password`', isAsked: signsInBy('password') },
  { name: '`auth-type: device-code`', isAsked: signsInBy('device-code') },
  { name: '`publish-settings`', isAsked: signsInBy('publish-settings') },
  { name: '`mode: asm`', isAsked: ({ mode }) => mode === 'asm' },
  { name: '`config-dir`', isAsked: ({ configDir }) => configDir.kind === 'named' },
  { name: 'A private cloud or Azure Stack Hub', isAsked: ({ cloud }) => cloud.kind === 'discovered' },
  { name: '`token-scopes`', isAsked: ({ tokenScopes }) => tokenScopes.length > 0 },
  { name: '`export-env: terraform`', isAsked: ({ exports }) => exports.families.includes('terraform') },
  { name: '`enable-AzPSSession`', isAsked: ({ powershell }) => powershell },
]);

/** A problem for every feature the request asks for that is not there. */
export function refuseUnbuilt(request: SignInRequest): readonly string[] {
  return [...NOT_YET]
    .filter((feature) => feature.isAsked(request))
    .map((feature) => `${feature.name} is not built into this version yet.`);
}

function signsInBy(method: CredentialRequest['method']): UnbuiltFeature['isAsked'] {
  return ({ credential }) => credential.method === method;
}
