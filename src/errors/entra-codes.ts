import { COMPARE_CLOCK, EMPTY_SECRET, OTHER_CREDENTIAL_MEANT, RUN_AGAIN, rowsOf } from './steps.ts';

const CREATE_CREDENTIAL = '$ az ad app federated-credential create --id {clientId} --parameters {federatedCredential}';
const UPDATE_CREDENTIAL =
  '$ az ad app federated-credential update --id {clientId} --federated-credential-id CREDENTIAL_NAME --parameters';
const LIST_CREDENTIALS =
  '$ az ad app federated-credential list --id {clientId} --query "[].{name:name, issuer:issuer, subject:subject, audience:audiences[0]}" --output table';
const ADD_TO_IDENTITY = [
  'If the client is a user-assigned managed identity, not an app registration, add it there instead; `az identity list` shows its name and its group:',
  '$ az identity federated-credential create --name {credentialName} --identity-name IDENTITY_NAME --resource-group RESOURCE_GROUP --issuer {issuer} --subject {subject} --audiences {audience}',
];
const ADD_CREDENTIAL = [
  'Add a federated credential with exactly the values that were presented:',
  CREATE_CREDENTIAL,
  ...ADD_TO_IDENTITY,
];
const WAIT_FOR_CREDENTIAL =
  'If the credential is right and less than ten minutes old, wait and run the job again: not every server of Entra ID has it yet.';
const NO_MATCH = [
  ...ADD_CREDENTIAL,
  'Or correct the credential that was meant for this job. Entra ID compares every character, and the letter case counts. These credentials exist:',
  LIST_CREDENTIALS,
  WAIT_FOR_CREDENTIAL,
];
const CREATE_SERVICE_PRINCIPAL = '$ az ad sp create --id {clientId}';
const SHOW_TENANT = [
  'Check `tenant-id`. This shows the tenant that your own Azure CLI is signed in to:',
  '$ az account show --query tenantId --output tsv',
];
const SET_CLOUD = [
  'If the tenant belongs to another cloud than {cloud}, name that cloud (`AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`):',
  '| environment: {otherCloud}',
];
const NEW_SECRET = [
  'Make a new secret beside the old one, and store what this prints as the GitHub secret; in `creds` it is the value of `clientSecret`, or of `password`:',
  '$ az ad app credential reset --id {clientId} --append --query password --output tsv',
];
const WITHOUT_SECRETS =
  'For a sign-in without a secret that expires, move to `auth-type: oidc`: keep `client-id` and `tenant-id`, remove the secret, and add a federated credential to the application.';
const UPLOAD = '$ az ad app credential reset --id {clientId} --cert @cert.pem --append';
const USE_SERVICE_PRINCIPAL = [
  'Let the workflow sign in as a service principal by OIDC instead, with `client-id` and `tenant-id`, and without `username` and `password`:',
  '| auth-type: oidc',
] as const;
const SIGN_IN_LOG =
  'An administrator finds the policy in the sign-in log: Microsoft Entra admin center > Monitoring & health > Sign-in logs, by the correlation id.';
const FIND_OUT = 'Find out who disabled it and why. If it can be used again, enable it:';

/**
 * What Entra ID's codes mean here and what mends them, in the groups of the troubleshooting page, which is made from this
 * table. A code is the digits after AADSTS, or an OAuth error word where Entra ID gives no code. Of a meaning of two lines
 * the first says what happened, where "Entra ID refused the sign-in" would mislead. `[oidc]`: only for this method; there are
 * also `[user]` and `[application]`, and `[audience]` for a workflow that gives one.
 *
 * Sources: "Microsoft Entra authentication and authorization error codes"; for the federated codes also the public
 * threads of Azure/login and Azure/azure-workload-identity, since that page leaves most of them out.
 */
const TABLE = {
  federation: [
    '# 700213: No federated credential of this client has the subject that was presented.',
    ...NO_MATCH,
    '# 7002138: A federated credential of this client has the subject that was presented, but in other letter case.',
    'Find the credential whose subject differs in letter case alone:',
    LIST_CREDENTIALS,
    'Give it the subject exactly as presented (put its name for CREDENTIAL_NAME):',
    `${UPDATE_CREDENTIAL} {changedSubject}`,
    'Or add one with the right subject:',
    CREATE_CREDENTIAL,
    ...ADD_TO_IDENTITY,
    '# 700211: No federated credential of this client has the issuer that was presented.',
    ...ADD_CREDENTIAL,
    'Or correct the issuer of the credential that was meant for this job. Usual mistakes: a slash at its end; the issuer of github.com where the enterprise or the server has its own; another cluster. These credentials exist:',
    LIST_CREDENTIALS,
    WAIT_FOR_CREDENTIAL,
    '# 700212 7002121: No federated credential of this client accepts the audience that was presented.',
    '[audience] Remove the input `audience`: without it the action asks for {federatedAudience}, which most credentials have.',
    'Check which audience the credential of this job has; in {cloud} it is usually {federatedAudience}:',
    LIST_CREDENTIALS,
    '[oidc] Ask GitHub for that audience:',
    '| audience: AUDIENCE_OF_THE_CREDENTIAL',
    'Or let the credential accept the audience presented (put its name for CREDENTIAL_NAME):',
    `${UPDATE_CREDENTIAL} {changedAudience}`,
    'If there is no credential for this issuer and subject yet, add one:',
    CREATE_CREDENTIAL,
    ...ADD_TO_IDENTITY,
    '# 70021: No federated credential of this client has the issuer, the subject and the audience presented.',
    ...NO_MATCH,
    '# 70025: This client has no federated credential at all.',
    ...ADD_CREDENTIAL,
    'If another application was set up for this job, give its id in `client-id`.',
    `[oidc] ${OTHER_CREDENTIAL_MEANT}`,
    WAIT_FOR_CREDENTIAL,
    '# 700024: The token that proves who the client is was too old or not yet valid when Entra ID read it.',
    "[oidc] Run the job again. GitHub's ID token lives five minutes, and each sign-in asks for a new one.",
    '[workload-identity] Check that something renews the token file: a healthy pod gets a new token before the old one ends.',
    ...COMPARE_CLOCK,
    '[oidc workload-identity] If a later step failed with this code, not the sign-in, leave `keep-alive` at `true`, or sign in again right before that step.',
    '# 50013 50027 500133: Entra ID could not verify the token that proves who the client is: its signature, its form or its time.',
    RUN_AGAIN,
    '[workload-identity] Check that the token file holds the token of a service account as the cluster issued it, and nothing else.',
    ...COMPARE_CLOCK,
    "# 50166 501661: Entra ID could not fetch the keys of the token's issuer, so it could not check the token.",
    'Entra ID must reach the issuer from the internet. This shows whether the issuer answers:',
    '$ curl --fail {issuer}/.well-known/openid-configuration',
    RUN_AGAIN,
    "# 7002381: A policy of the tenant accepts GitHub's tokens only from certain GitHub Enterprises. This repository's token names another one or none. Entra ID's words list those it accepts.",
    'Run the workflow in a repository that belongs to one of those enterprises.',
    'Or ask the administrators of the tenant for another way in. No federated credential can change this.',
    '# 700223 700238: A policy of the tenant blocks federated sign-in, for this issuer or altogether.',
    'Ask the administrators of the tenant to allow the issuer {issuer} in their application management policy.',
    'Until then, use another method: a managed identity on a self-hosted runner in Azure, or a certificate.',
  ],
  application: [
    '# 700016 700011 70001: The tenant has no application with this client id.',
    'Check `client-id` and `tenant-id`: they are easily exchanged, and an object id is not a client id. Sign in to that tenant; this command then finds the application by either id and prints its client id:',
    '$ az ad app show --id {clientId} --query "{clientId:appId, name:displayName}" --output table',
    'If the application is registered in another tenant and can be used in this one, give it a service principal here:',
    CREATE_SERVICE_PRINCIPAL,
    ...SET_CLOUD,
    '# 7000229: The application has no service principal in the tenant.',
    'Create it (`az ad app create` alone does not):',
    CREATE_SERVICE_PRINCIPAL,
    '# 7000112: The application is disabled in the tenant.',
    FIND_OUT,
    '$ az ad sp update --id {clientId} --set accountEnabled=true',
  ],
  secret: [
    "# 7000215 70002: The client secret matches none of the application's secrets.",
    'Give the value of the secret, not its id: the portal shows both, and the value only once. The id is a GUID; the value is not, and it has no quotation marks around it. In the JSON of `creds`, escape a quote or a backslash in it.',
    ...NEW_SECRET,
    WITHOUT_SECRETS,
    '# 7000222: The client secret has expired.',
    ...NEW_SECRET,
    WITHOUT_SECRETS,
    '# 7000218: Entra ID got no proof of who the client is: no secret and no certificate.',
    `[application] ${EMPTY_SECRET}`,
    '[user] Allow public client flows for the application by which the user signs in:',
    '$ az ad app update --id {clientId} --is-fallback-public-client true',
  ],
  certificate: [
    '# 700027 50012: Entra ID could not verify the signature: the application does not have this certificate, or the certificate has expired.',
    'Compare the thumbprint {thumbprint} with the certificates that the application has, and check when they end:',
    '$ az ad app credential list --id {clientId} --cert --query "[].{thumbprint:customKeyIdentifier, ends:endDateTime}" --output table',
    'If it is not among them, register its public part (cert.pem, without the private key):',
    UPLOAD,
    ...COMPARE_CLOCK,
    '# 700030: The certificate was presented with its chain, and the application trusts no certificate by that subject name.',
    'If the certificate itself is registered with the application, present it alone:',
    '| send-certificate-chain: false',
    'If it is not, register its public part (cert.pem, without the private key):',
    UPLOAD,
    'Or let an administrator add its subject name and issuer to the `trustedCertificateSubjects` of the application.',
  ],
  tenant: [
    '# 90002: {cloud} has no tenant {tenantId}.',
    ...SHOW_TENANT,
    'If `tenant-id` holds the client id, exchange the two inputs.',
    ...SET_CLOUD,
    '# 900023: {tenantId} is neither the id of a tenant nor a domain.',
    "Give the tenant's id or one of its domains, without quotes, an address or anything else around it.",
    ...SHOW_TENANT,
    EMPTY_SECRET,
    '# 90038 900382 900432: The tenant, or the application, belongs to another cloud than {cloud}.',
    "Name the tenant's own cloud (`AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`); Entra ID's words may say which:",
    '| environment: {otherCloud}',
    'If that is the cloud already, register an application in it: an application of another cloud cannot sign in.',
    '# 50059 50128 90019 9001023 90124 90130 90133: The sign-in does not name one tenant: `tenant-id` is missing, or stands for many tenants.',
    'Set `tenant-id` to the id of the tenant:',
    '| tenant-id: TENANT_ID',
    '[user] Or leave `tenant-id` out: a work or school account is then found by the domain of its user name.',
    ...SHOW_TENANT,
  ],
  user: [
    '# 50034 51004: The tenant does not know this user.',
    'Check `username`: it is the sign-in name, like name@contoso.com, which is not always the mail address, and has no quotation marks around it.',
    ...SHOW_TENANT,
    '# 16000 16003 50014 50020 90072: The user belongs to another tenant or identity provider.',
    "Set `tenant-id` to the user's own tenant:",
    '| tenant-id: TENANT_ID',
    'Or let an administrator invite the user to this tenant as a guest, and accept the invitation.',
    '# 50126 50064: The user name or the password is wrong.',
    'Check both before you run the job again: after a few wrong tries Entra ID locks the account.',
    'The password of a federated account (AD FS and the like) does not work: Entra ID does not know it.',
    ...USE_SERVICE_PRINCIPAL,
    '# 50053: The account is locked after too many wrong passwords, or Entra ID blocks the address of the runner.',
    'Do not run the job again at once: each try keeps the lock. Wait, let an administrator unlock the account, and check the password.',
    'GitHub-hosted runners share addresses, which can be blocked for what others did. The sign-in log says which of the two it was.',
    ...USE_SERVICE_PRINCIPAL,
    '# 50055 50144: The password has expired.',
    'Sign in with a browser, change the password, and update the GitHub secret.',
    ...USE_SERVICE_PRINCIPAL,
    '# 50056: The tenant has no password for this user: a guest, a federated or a passwordless account.',
    ...USE_SERVICE_PRINCIPAL,
    'Or use an account whose password the tenant keeps.',
    '# 50057: The account is disabled.',
    FIND_OUT,
    '$ az ad user update --id {username} --account-enabled true',
    '# 50072 50074 50076 50078 50079 50158: Entra ID demands a second factor, which a workflow cannot give.',
    ...USE_SERVICE_PRINCIPAL,
    '[password] Azure demands a second factor of every user who manages resources, so an exception for this account does not last.',
    '[device-code] Sign in again, and give the second factor in the browser that takes the code.',
    '# 50058 50132 50133 50173 70008 70043 700082: The earlier sign-in has ended: it expired, it was revoked, or the password was changed.',
    'Sign in again: run the job again, or sign in right before the step that failed.',
    ...USE_SERVICE_PRINCIPAL,
  ],
  'device-code': [
    '# 70016 70019 70020 authorization_pending slow_down expired_token code_expired: Nobody confirmed the device code in time.\nThe device code expired, or the time for the sign-in was over, before anyone entered the code and confirmed it.',
    'Run the job again, open the page that the log names, and enter the new code within fifteen minutes.',
    'If the time was too short, raise it (in seconds; a code lives fifteen minutes):',
    '| timeout-seconds: 900',
    '# 70018 90120 bad_verification_code: The code that was entered is not the one that the log shows, or it was used before.',
    'Run the job again and copy the new code from the log.',
    '# authorization_declined: The sign-in was declined in the browser that took the code.',
    'If it was you, run the job again and choose Continue when the page asks whether you are trying to sign in.',
    'If it was nobody on your side, someone else saw the code: keep the log of such a job private.',
  ],
  policy: [
    '# 530036 530035: A policy of the tenant (Conditional Access, security defaults) blocks this way to sign in.',
    ...USE_SERVICE_PRINCIPAL,
    SIGN_IN_LOG,
    '# 53003 530032: A Conditional Access policy of the tenant blocks this sign-in.',
    SIGN_IN_LOG,
    '[application] A policy for workload identities often admits only certain addresses, and GitHub-hosted runners have none of their own. Use a self-hosted runner, or a larger runner with fixed addresses, and have its address added to the policy.',
    `[user] ${USE_SERVICE_PRINCIPAL[0]}`,
    USE_SERVICE_PRINCIPAL[1],
    '# 53000 53001 53002 50097 530003: A Conditional Access policy of the tenant admits users only on managed devices, and a runner is not one.',
    ...USE_SERVICE_PRINCIPAL,
    SIGN_IN_LOG,
  ],
  request: [
    '# 65001 65002 65005 90094 650056 650057: Nobody has consented to this identity getting a token for the resource, or the application does not ask for it.',
    '[application] Add a permission of that resource to the application if it has none. Then let an administrator consent:',
    '$ az ad app permission admin-consent --id {clientId}',
    'If the resource is one of your `token-scopes` and you do not need it, leave it out.',
    `[user] ${USE_SERVICE_PRINCIPAL[0]}`,
    USE_SERVICE_PRINCIPAL[1],
    '# 50001 500011 650052: The tenant does not know the resource that the token was for.',
    "Check `token-scopes`: a resource's address differs from cloud to cloud, and you sign in to {cloud}.",
    ...SET_CLOUD,
    'If the resource is an application of your own, give it a service principal in this tenant:',
    '$ az ad sp create --id RESOURCE_CLIENT_ID',
    '# 70011 1002012 28002 700022 700023 invalid_scope: Entra ID does not accept the scope of the token.',
    'Write each line of `token-scopes` as one resource, with or without `/.default` at its end:',
    '| token-scopes: https://vault.azure.net/.default',
    '# 90014 900144 9002313 90013 90023 90100: A part of the request is empty or malformed, most often an id or a secret. The words of Entra ID may name it.',
    'Check that `client-id` and `tenant-id` are plain ids, without quotes or anything else around them.',
    EMPTY_SECRET,
  ],
  service: [
    '# 90033 90055 90006 90012 90024 90090 50033 temporarily_unavailable server_error: Entra ID was overloaded or partly down during all tries.',
    'Run the job again in a few minutes. You do not need to change anything.',
    'If it lasts, see https://azure.status.microsoft for an outage.',
    '# 50196: This identity sent the same request too often, and Entra ID refuses it for a while.',
    'Wait a few minutes before you run the job again: each try prolongs the block.',
    'Sign in once per job, not once per step, and look for jobs of a matrix that sign in as one user at the same moment.',
  ],
};

export type EntraErrorGroup = keyof typeof TABLE;

export const ENTRA_ERRORS = Object.entries(TABLE).flatMap(([group, texts]) =>
  rowsOf(texts).map((row) => ({ group, ...row })),
);
