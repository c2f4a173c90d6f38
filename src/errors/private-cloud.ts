import { sanitize, shellQuote } from '../core/sanitize.ts';
import { errorFactory } from '../core/session-error.ts';

/* Errors of private clouds. `url` is the input `resource-manager-url`. */

export const cloudError = errorFactory({
  /** For a host without `/metadata/endpoints`. @param responses its response to each version of the request */
  noMetadata: (url: string, responses: readonly string[]) => [
    `${url} is not the Resource Manager of a private cloud.`,
    ['It does not list the endpoints of its cloud:', ...responses.map((response) => `    ${response}`)].join('\n'),
    'Check `resource-manager-url`: it is the host of the Resource Manager, not of the portal, for example https://management.local.azurestack.external.',
    ...showMetadata(url, '2015-01-01'),
  ],
  /**
   * For metadata that is invalid or unsafe.
   * @param why a sentence; values from the metadata in it must be safe to show
   */
  invalidMetadata: (url: string, why: string) => [
    `The cloud at ${url} cannot be used: its metadata is not valid.`,
    why,
    'Check `resource-manager-url`, and check that no proxy responds instead of that host.',
    ...showMetadata(url, '2022-09-01'),
  ],
  /** For metadata without the requested cloud. @param others the Resource Managers of the clouds in it */
  otherClouds: (url: string, others: readonly string[]) => {
    const named = others.slice(0, 5).map((other) => sanitize(other, 100));
    return [
      `The metadata of ${url} describes other clouds, not its own.`,
      `It names the Resource Manager ${named.join(', ')}. The action does not send a token for one host to another.`,
      ...(named.length === 1
        ? ['If that is the cloud you mean, use this host:', `| resource-manager-url: ${named[0]}`]
        : ['Set `resource-manager-url` to the host that the cloud itself uses for its Resource Manager.']),
      ...showMetadata(url, '2022-09-01'),
    ];
  },
  federationByAdFs: () => [
    'This cloud signs in through AD FS, which does not accept tokens from other issuers.',
    'Federated credentials are a feature of Entra ID. AD FS identifies applications by a certificate or a client secret.',
    'Use the certificate that the application was registered with:',
    '| client-certificate: ${{ secrets.AZURE_CLIENT_CERTIFICATE }}',
    'Or set `client-secret` to its secret.',
  ],
  /** @param audience the input; `undefined` for the default */
  audienceOfMicrosoft: (authority: string, audience: string | undefined) => [
    `This cloud has its own token issuer, so \`audience\` ${audience === undefined ? 'must be set' : `must not be ${sanitize(audience, 100)}`}.`,
    `GitHub's ID token would be sent to ${authority}. If Microsoft's clouds accept its audience, that server could use it to sign in to them as this job.`,
    'Set an audience that only this cloud accepts, and use the same one in its federated credential:',
    '| audience: AUDIENCE_OF_THIS_CLOUD',
    CHECK_ISSUER,
  ],
  assertionOfMicrosoft: (authority: string, audience: string) => [
    "This cloud has its own token issuer, but the federated token is for Microsoft's clouds.",
    `The token has the audience ${sanitize(audience, 100)}. A server that receives it could sign in to Microsoft's clouds as this job, so the action does not send it to ${authority}.`,
    'In a pod, project a service account token with an audience that only this cloud accepts, and set `federated-token-file` to its path.',
    CHECK_ISSUER,
  ],
  tokenOfMicrosoft: (url: string, audience: string) => [
    `The access token is not for the Resource Manager at ${url}.`,
    `It is for ${sanitize(audience, 200)}, one of Microsoft's services. The action does not send such a token to another host.`,
    'Check that the identity belongs to the cloud that `resource-manager-url` names.',
  ],
});

const CHECK_ISSUER = 'If the cloud should use Entra ID, check the token issuer in its metadata.';

function showMetadata(url: string, version: string): [say: string, command: string] {
  return [
    'This command shows its metadata:',
    `$ curl ${shellQuote(`${url}/metadata/endpoints?api-version=${version}`)}`,
  ];
}
