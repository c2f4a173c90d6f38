import { COMPARE_CLOCK, EMPTY_SECRET, OTHER_CREDENTIAL_MEANT, RUN_AGAIN, rowsOf } from './steps.ts';

const CREATE_CREDENTIAL = '$ az ad app federated-credential create --id {clientId} --parameters {federatedCredential}';
const UPDATE_CREDENTIAL =
  '$ az ad app federated-credential update --id {clientId} --federated-credential-id CREDENTIAL_NAME --parameters';
const LIST_CREDENTIALS =
  '$ az ad app federated-credential list --id {clientId} --query "[].{name:name, issuer:issuer, subject:subject, audience:audiences[0]}" --output table';
const ADD_TO_IDENTITY = [
  'If the client is a user-assigned managed identity, not an app registration, add the credential to the identity instead; `az identity list` shows its name and resource group:',
  '$ az identity federated-credential create --name {credentialName} --identity-name IDENTITY_NAME --resource-group RESOURCE_GROUP --issuer {issuer} --subject {subject} --audiences {audience}',
];
const ADD_CREDENTIAL = ['Add a federated credential with exactly these values:', CREATE_CREDENTIAL, ...ADD_TO_IDENTITY];
const WAIT_FOR_CREDENTIAL =
  'If the credential is correct and less than ten minutes old, wait and run the job again: not every Entra ID server has it yet.';
const NO_MATCH = [
  ...ADD_CREDENTIAL,
  'Or correct the credential that you meant for this job. Entra ID compares every character, including its case. This command lists the existing credentials:',
  LIST_CREDENTIALS,
  WAIT_FOR_CREDENTIAL,
];
const CREATE_SERVICE_PRINCIPAL = '$ az ad sp create --id {clientId}';
const SHOW_TENANT = [
  'Check `tenant-id`. This command shows the tenant that your own Azure CLI is signed in to:',
  '$ az account show --query tenantId --output tsv',
];
const SET_CLOUD = [
  'If the tenant is not in {cloud}, set `environment` to its cloud (`AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`):',
  '| environment: {otherCloud}',
];
const NEW_SECRET = [
  'Create a new secret alongside the old one, and store the output of this command as the GitHub secret; in `creds`, it is the value of `clientSecret` or `password`:',
  '$ az ad app credential reset --id {clientId} --append --query password --output tsv',
];
const WITHOUT_SECRETS =
  'To sign in without a secret that expires, switch to `auth-type: oidc`: keep `client-id` and `tenant-id`, remove the secret, and add a federated credential to the application.';
const UPLOAD = '$ az ad app credential reset --id {clientId} --cert @cert.pem --append';
const USE_SERVICE_PRINCIPAL = [
  'Sign in as a service principal with OIDC instead. Set `client-id` and `tenant-id`, remove `username` and `password`, and set:',
  '| auth-type: oidc',
] as const;
const SIGN_IN_LOG =
  'Ask an administrator to find the policy in the sign-in log by the correlation id: Microsoft Entra admin center > Monitoring & health > Sign-in logs.';
const FIND_OUT = 'Find out who disabled it and why. If it can be used again, enable it:';

/**
 * The meaning of each Entra ID error code and the steps that fix it, in the groups of the troubleshooting page, which
 * is generated from this table. A code is the digits after AADSTS, or the OAuth error if Entra ID sends no code. If a
 * meaning has two lines, the first is the message, because "Entra ID rejected the sign-in" would be misleading. A step
 * with a prefix applies only to that method (`[oidc]`), that kind of identity (`[user]`, `[application]`), or a
 * workflow that sets `audience` (`[audience]`).
 *
 * Sources: "Microsoft Entra authentication and authorization error codes"; for the federated codes also the public
 * threads of Azure/login and Azure/azure-workload-identity, since that page omits most of them.
 */
const TABLE = {
  federation: [
    '# 700213: No federated credential of this client has the subject that was presented.',
    ...NO_MATCH,
    '# 7002138: A federated credential of this client has the subject that was presented, but in a different letter case.',
    'Find the credential whose subject differs only in letter case:',
    LIST_CREDENTIALS,
    'Change its subject to exactly the one presented (replace CREDENTIAL_NAME with its name):',
    `${UPDATE_CREDENTIAL} {changedSubject}`,
    'Or add one with the right subject:',
    CREATE_CREDENTIAL,
    ...ADD_TO_IDENTITY,
    '# 700211: No federated credential of this client has the issuer that was presented.',
    ...ADD_CREDENTIAL,
    'Or correct the issuer of the credential that you meant for this job. Common mistakes are a trailing slash, the issuer of github.com although your enterprise or server has its own, and another cluster. This command lists the existing credentials:',
    LIST_CREDENTIALS,
    WAIT_FOR_CREDENTIAL,
    '# 700212 7002121: No federated credential of this client accepts the audience that was presented.',
    '[audience] Remove the input `audience`: without it, the action requests {federatedAudience}, which most credentials accept.',
    'Check which audience the credential of this job accepts; in {cloud}, it is usually {federatedAudience}:',
    LIST_CREDENTIALS,
    '[oidc] Request that audience from GitHub:',
    '| audience: AUDIENCE_OF_THE_CREDENTIAL',
    'Or change the credential to accept the audience presented (replace CREDENTIAL_NAME with its name):',
    `${UPDATE_CREDENTIAL} {changedAudience}`,
    'If there is no credential for this issuer and subject yet, add one:',
    CREATE_CREDENTIAL,
    ...ADD_TO_IDENTITY,
    '# 70021: No federated credential of this client has the issuer, the subject and the audience presented.',
    ...NO_MATCH,
    '# 70025: This client has no federated credentials.',
    ...ADD_CREDENTIAL,
    'If you set up another application for this job, set `client-id` to its client id.',
    `[oidc] ${OTHER_CREDENTIAL_MEANT}`,
    WAIT_FOR_CREDENTIAL,
    "# 700024: The client assertion (the token that proves the client's identity) was expired or not yet valid when Entra ID checked it.",
    "[oidc] Run the job again. GitHub's ID token is valid for five minutes, and each sign-in requests a new one.",
    '[workload-identity] Check that the token file is renewed: Kubernetes writes a new token for a healthy pod before the old one expires.',
    ...COMPARE_CLOCK,
    '[oidc workload-identity] If a later step, not the sign-in, failed with this code, leave `keep-alive` at `true`, or sign in again right before that step.',
    "# 50013 50027 500133: Entra ID could not verify the client assertion (the token that proves the client's identity): its signature, format or validity period.",
    RUN_AGAIN,
    '[workload-identity] Check that the token file contains exactly the service account token that the cluster issued, and nothing else.',
    ...COMPARE_CLOCK,
    "# 50166 501661: Entra ID could not fetch the signing keys of the token's issuer, so it could not verify the token.",
    'Make sure that the issuer is reachable from the internet. This command shows whether it responds:',
    '$ curl --fail {issuer}/.well-known/openid-configuration',
    RUN_AGAIN,
    "# 7002381: A policy of the tenant accepts GitHub's tokens only from certain GitHub enterprises. This repository's token names another enterprise or none. The message from Entra ID lists the enterprises that the policy accepts.",
    'Run the workflow in a repository that belongs to one of those enterprises.',
    'Or ask the administrators of the tenant for another way to sign in. A change to the federated credential does not help.',
    '# 700223 700238: A policy of the tenant blocks federated sign-in, for this issuer or for all issuers.',
    'Ask the administrators of the tenant to allow the issuer {issuer} in their application management policy.',
    'Until then, use another method: a managed identity on a self-hosted runner in Azure, or a certificate.',
  ],
  application: [
    '# 700016 700011 70001: The tenant has no application with this client id.',
    'Check `client-id` and `tenant-id`: they are easily swapped, and an object id is not a client id. Sign in to that tenant and run this command, which finds the application by either id and prints its client id:',
    '$ az ad app show --id {clientId} --query "{clientId:appId, name:displayName}" --output table',
    'If it finds nothing, try the same for the object id of a service principal or of a managed identity:',
    '$ az ad sp show --id {clientId} --query "{clientId:appId, name:displayName}" --output table',
    'If the application is registered in another tenant and may be used in this one, create its service principal here:',
    CREATE_SERVICE_PRINCIPAL,
    ...SET_CLOUD,
    '# 7000229: The application has no service principal in the tenant.',
    'Create it (`az ad app create` does not):',
    CREATE_SERVICE_PRINCIPAL,
    '# 7000112: The application is disabled in the tenant.',
    FIND_OUT,
    '$ az ad sp update --id {clientId} --set accountEnabled=true',
  ],
  secret: [
    "# 7000215 70002: The client secret matches none of the application's secrets.",
    'Use the value of the secret, not its id: the portal shows both, but the value only once. The id is a GUID; the value is not. Do not put quotation marks around the value. In the JSON of `creds`, escape any quotation mark or backslash in it.',
    ...NEW_SECRET,
    WITHOUT_SECRETS,
    '# 7000222: The client secret has expired.',
    ...NEW_SECRET,
    WITHOUT_SECRETS,
    "# 7000218: Entra ID received neither a secret nor a certificate that proves the client's identity.",
    `[application] ${EMPTY_SECRET}`,
    '[user] Allow public client flows for the application that the user signs in through:',
    '$ az ad app update --id {clientId} --is-fallback-public-client true',
  ],
  certificate: [
    '# 700027 50012: Entra ID could not verify the signature: the application does not have this certificate, or the certificate has expired.',
    'Compare the thumbprint {thumbprint} with the certificates of the application, and check when they expire:',
    '$ az ad app credential list --id {clientId} --cert --query "[].{thumbprint:customKeyIdentifier, ends:endDateTime}" --output table',
    'If it is not among them, register its public part (cert.pem, without the private key):',
    UPLOAD,
    ...COMPARE_CLOCK,
    '# 700030: The certificate was sent with its chain, but the application does not trust its subject name.',
    'If the certificate itself is registered with the application, send it without its chain:',
    '| send-certificate-chain: false',
    'If it is not, register its public part (cert.pem, without the private key):',
    UPLOAD,
    'Or ask an administrator to add its subject name and issuer to the `trustedCertificateSubjects` of the application.',
  ],
  tenant: [
    '# 90002: {cloud} has no tenant {tenantId}.',
    ...SHOW_TENANT,
    'If `tenant-id` contains the client id, swap the two inputs.',
    ...SET_CLOUD,
    '# 900023: {tenantId} is neither a tenant id nor a domain.',
    "Set `tenant-id` to the tenant's id or one of its domains, without quotation marks, a URL or anything else around it.",
    ...SHOW_TENANT,
    EMPTY_SECRET,
    '# 90038 900382 900432: The tenant or the application is not in {cloud}, but in another cloud.',
    "Set `environment` to the tenant's cloud (`AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`); the message from Entra ID may name it:",
    '| environment: {otherCloud}',
    'If `environment` is already correct, register an application in that cloud: an application from another cloud cannot sign in.',
    '# 50059 50128 90019 9001023 90124 90130 90133: The sign-in does not identify a single tenant: `tenant-id` is missing, or stands for several tenants.',
    'Set `tenant-id` to the id of the tenant:',
    '| tenant-id: TENANT_ID',
    '[user] Or leave `tenant-id` out: Entra ID then finds the tenant of a work or school account by the domain of the user name.',
    ...SHOW_TENANT,
  ],
  user: [
    '# 50034 51004: This user does not exist in the tenant.',
    'Check `username`: it is the sign-in name, such as name@contoso.com, which is not always the email address. Do not put quotation marks around it.',
    ...SHOW_TENANT,
    '# 16000 16003 50014 50020 90072: The user belongs to another tenant or identity provider.',
    "Set `tenant-id` to the user's own tenant:",
    '| tenant-id: TENANT_ID',
    'Or ask an administrator to invite the user to this tenant as a guest, and accept the invitation.',
    '# 50126 50064: The user name or the password is wrong.',
    'Check both before you run the job again: after a few failed attempts, Entra ID locks the account.',
    'Do not use a federated account, for example one from AD FS: Entra ID does not have its password.',
    ...USE_SERVICE_PRINCIPAL,
    '# 50053: The account is locked after too many wrong passwords, or Entra ID blocks the IP address of the runner.',
    'Do not run the job again right away: each attempt prolongs the lock. Wait or ask an administrator to unlock the account, and check the password.',
    'Check the sign-in log to see which of the two it is. GitHub-hosted runners share IP addresses, which can be blocked because of other users.',
    ...USE_SERVICE_PRINCIPAL,
    '# 50055 50144: The password has expired.',
    'Sign in with a browser, change the password, and update the GitHub secret.',
    ...USE_SERVICE_PRINCIPAL,
    '# 50056: The tenant has no password for this user, who has a guest, federated or passwordless account.',
    ...USE_SERVICE_PRINCIPAL,
    'Or use an account whose password is stored in the tenant.',
    '# 50057: The account is disabled.',
    FIND_OUT,
    '$ az ad user update --id {username} --account-enabled true',
    '# 50072 50074 50076 50078 50079 50158: Entra ID requires multifactor authentication, which a workflow cannot complete.',
    ...USE_SERVICE_PRINCIPAL,
    '[password] Do not rely on an exception for this account: Azure requires multifactor authentication of every user who manages resources.',
    '[device-code] Sign in again, and complete multifactor authentication in the browser where you enter the code.',
    '# 50058 50132 50133 50173 70008 70043 700082: The earlier sign-in is no longer valid: it expired, it was revoked, or the password was changed.',
    'Sign in again: run the job again, or sign in right before the step that failed.',
    ...USE_SERVICE_PRINCIPAL,
  ],
  'device-code': [
    '# 70016 70019 70020 authorization_pending slow_down expired_token code_expired: Nobody confirmed the device code in time.\nThe device code expired, or the sign-in timed out, before anyone entered and confirmed the code.',
    'Run the job again, open the page that the log shows, and enter the new code within fifteen minutes.',
    'If the step sets `timeout-seconds`, set it to the fifteen minutes that a code is valid:',
    '| timeout-seconds: 900',
    '# 70018 90120 bad_verification_code: The code that was entered is not the one that the log shows, or it was already used.',
    'Run the job again and copy the new code from the log.',
    '# authorization_declined: The sign-in was declined in the browser where the code was entered.',
    'If you declined it, run the job again and choose Continue when the page asks whether you are trying to sign in.',
    'If nobody on your team declined it, someone else saw the code: keep the logs of this job private.',
  ],
  policy: [
    '# 530036 530035: A policy of the tenant (Conditional Access or security defaults) blocks this sign-in method.',
    ...USE_SERVICE_PRINCIPAL,
    SIGN_IN_LOG,
    '# 53003 530032: A Conditional Access policy of the tenant blocks this sign-in.',
    SIGN_IN_LOG,
    '[application] If the policy allows only certain IP addresses, use a self-hosted runner, or a larger runner with static IP addresses, and have its addresses added to the policy. Other GitHub-hosted runners have no fixed addresses.',
    `[user] ${USE_SERVICE_PRINCIPAL[0]}`,
    USE_SERVICE_PRINCIPAL[1],
    '# 53000 53001 53002 50097 530003: A Conditional Access policy of the tenant lets users sign in only on managed devices, and a runner is not one.',
    ...USE_SERVICE_PRINCIPAL,
    SIGN_IN_LOG,
    "# 53011: The user's home tenant considers this user at risk, which blocks the sign-in.",
    'Ask an administrator of that tenant to investigate the risk and to dismiss it.',
    ...USE_SERVICE_PRINCIPAL,
  ],
  request: [
    '# 65001 65002 65005 90094 650056 650057: No one has consented to this identity accessing the resource, or the application does not request that access.',
    '[application] Add a permission of that resource to the application if it has none. Then ask an administrator to grant consent under API permissions of the app registration, or with this command, which works in the public cloud only:',
    '$ az ad app permission admin-consent --id {clientId}',
    'If the resource is one of your `token-scopes` and you do not need it, remove it.',
    `[user] ${USE_SERVICE_PRINCIPAL[0]}`,
    USE_SERVICE_PRINCIPAL[1],
    '# 50105: The resource accepts only identities that are assigned to it, and this one is not.',
    'Assign the identity under Users and groups of the enterprise application of the resource, or turn off "Assignment required" in its properties. A service principal needs an application role of the resource.',
    'If the resource is one of your `token-scopes` and you do not need it, remove it.',
    '# 50001 500011 650052: The resource that the token is for does not exist in the tenant.',
    'Check `token-scopes`: the address of a resource differs between clouds, and you sign in to {cloud}.',
    ...SET_CLOUD,
    'If the resource is your own application, create its service principal in this tenant:',
    '$ az ad sp create --id RESOURCE_CLIENT_ID',
    '# 70011 1002012 28002 700022 700023 invalid_scope: The requested scope is not valid.',
    'Write one resource on each line of `token-scopes`, with or without `/.default` at the end:',
    '| token-scopes: https://vault.azure.net/.default',
    '# 90014 900144 9002313 90013 90023 90100: A part of the request is empty or malformed, most often an id or a secret. The message from Entra ID may name it.',
    'Check that `client-id` and `tenant-id` are plain ids, without quotation marks or anything else around them.',
    EMPTY_SECRET,
  ],
  service: [
    '# 90033 90055 90006 90012 90024 90090 50033 temporarily_unavailable server_error: Entra ID was overloaded or partly unavailable during all attempts.',
    'Run the job again in a few minutes. You do not need to change anything.',
    'If the error persists, check https://azure.status.microsoft for an outage.',
    '# 50196: This identity sent the same request too often, and Entra ID blocks the request for a while.',
    'Wait a few minutes before you run the job again: each attempt prolongs the block.',
    'Sign in once per job, not once per step, and look for matrix jobs that sign in as the same user at the same time.',
  ],
};

export type EntraErrorGroup = keyof typeof TABLE;

export const ENTRA_ERRORS = Object.entries(TABLE).flatMap(([group, texts]) =>
  rowsOf(texts).map((row) => ({ group, ...row })),
);
