/** The program or library that asked for a token, as the account of a session names it. */
export type ClientKind = string;

/** By how the user agent begins. Source: what each of them sent, in the versions that the tests run. */
const KINDS: readonly (readonly [RegExp, ClientKind])[] = [
  [/^azsdk-python/i, 'Python'],
  [/^azsdk-js|^@azure|msal\.js/i, 'JavaScript'],
  [/^azsdk-go/i, 'Go'],
  [/^azsdk-java/i, 'Java'],
  [/^azsdk-rust/i, 'Rust'],
  [/powershell/i, 'PowerShell'],
  [/^azsdk-net/i, '.NET'],
  [/terraform|^hashicorp|^go-http-client/i, 'Terraform'],
  [/^python-requests|^azurecli/i, 'az'],
];

export function clientKind(userAgent: string, method: string | undefined): ClientKind {
  // Of all clients `az` before 2.69 alone sends a form.
  if (method === 'POST') return 'az';
  return KINDS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'other';
}
