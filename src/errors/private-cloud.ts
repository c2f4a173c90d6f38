import { sanitize, shellQuote } from '../core/foreign-text.ts';
import { errorFactory } from '../core/session-error.ts';

/* Errors of private clouds. `url` is the Resource Manager that the workflow named. */

export const cloudError = errorFactory({
  /** For a host that answered in no version of `/metadata/endpoints`. @param answers what it said instead, a version each */
  undescribed: (url: string, answers: readonly string[]) => [
    `${url} is not the Resource Manager of a private cloud.`,
    ['It does not name the endpoints of its cloud:', ...answers.map((answer) => `    ${answer}`)].join('\n'),
    'Check `resource-manager-url`: it is the host of the Resource Manager, not of the portal, for example https://management.local.azurestack.external.',
    ...showDescription(url, '2015-01-01'),
  ],
  /**
   * For a cloud that describes itself in a way that must not be followed, or cannot be.
   * @param why a sentence; what it quotes of the description is sanitize
   */
  unusable: (url: string, why: string) => [
    `The cloud at ${url} cannot be used: its description of itself is not valid.`,
    why,
    'Check `resource-manager-url`, and that no proxy answers in the place of that host.',
    ...showDescription(url, '2022-09-01'),
  ],
  /** For an answer about other clouds than the one that was asked. @param others their Resource Managers */
  otherClouds: (url: string, others: readonly string[]) => {
    const named = others.slice(0, 5).map((other) => sanitize(other, 100));
    return [
      `${url} describes other clouds, not its own.`,
      `It names the Resource Manager ${named.join(', ')}. A token for one host is not sent to another.`,
      ...(named.length === 1
        ? ['If that is the cloud you mean, name it by this host:', `| resource-manager-url: ${named[0]}`]
        : ['Set `resource-manager-url` to the host by which the cloud names its own Resource Manager.']),
      ...showDescription(url, '2022-09-01'),
    ];
  },
  federationByAdFs: () => [
    'This cloud signs in by AD FS, which does not accept the tokens of other issuers.',
    'Federated credentials are a feature of Entra ID. An AD FS knows applications by a certificate or a client secret.',
    'Give the certificate that the application was registered with:',
    '| client-certificate: ${{ secrets.AZURE_CLIENT_CERTIFICATE }}',
    'Or its secret, in `client-secret`.',
  ],
  /** @param audience that the workflow asks for; `undefined` for the default */
  audienceOfMicrosoft: (authority: string, audience: string | undefined) => [
    `This cloud has a token issuer of its own, so \`audience\` ${audience === undefined ? 'must be given' : `must not be ${sanitize(audience, 100)}`}.`,
    `GitHub's ID token would be sent to ${authority}. With an audience that Microsoft's clouds accept, it could be used there to sign in as this job.`,
    'Name an audience that only this cloud accepts, and set the same one in its federated credential:',
    '| audience: AUDIENCE_OF_THIS_CLOUD',
    CHECK_ISSUER,
  ],
  assertionOfMicrosoft: (authority: string, audience: string) => [
    "This cloud has a token issuer of its own, and the federated token is for Microsoft's clouds.",
    `The token has the audience ${sanitize(audience, 100)}. A server that receives it could use it there to sign in as this job, so it is not sent to ${authority}.`,
    'In a pod, project a service account token with an audience that only this cloud accepts, and name its file in `federated-token-file`.',
    CHECK_ISSUER,
  ],
  tokenOfMicrosoft: (url: string, audience: string) => [
    `The access token is not for the Resource Manager at ${url}.`,
    `It is for ${sanitize(audience, 200)}, one of Microsoft's services. Such a token is not sent to another host.`,
    'Check that the identity belongs to the cloud that `resource-manager-url` names.',
  ],
});

const CHECK_ISSUER = 'If the cloud should use Entra ID, check the token issuer that it names in its metadata.';

function showDescription(url: string, version: string): [say: string, command: string] {
  return ['This shows what it says:', `$ curl ${shellQuote(`${url}/metadata/endpoints?api-version=${version}`)}`];
}
