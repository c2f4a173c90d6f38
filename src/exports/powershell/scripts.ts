/**
 * The scripts that PowerShell runs. They are the same for everybody: what differs, secrets above all, comes through the
 * environment of the one process. They hold no double quote, which Windows would have to escape in an argument.
 *
 * The newest Az.Accounts is imported by its path, as azure/login does, wherever on the module path it is.
 */

/** The variable with what a script is to work on, as JSON. */
export const REQUEST_VARIABLE = 'AZURE_SESSION_POWERSHELL';

/** Exit codes that PowerShell itself does not use. */
export const EXIT = { noModule: 20, refused: 21 } as const;

/** Begins the line with the message of what went wrong: base64 of UTF-8, since a console may have any encoding. */
export const MESSAGE_MARK = 'azure-session:';

/** Begins the first line of output, with the id of the process. */
export const PROCESS_MARK = 'azure-session-process:';

function script(...statements: readonly string[]): string {
  return `[System.Console]::Out.WriteLine('${PROCESS_MARK}' + $PID)
$ErrorActionPreference = 'Stop'
$WarningPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
try {
  $module = Get-Module -Name Az.Accounts -ListAvailable | Sort-Object -Property Version -Descending | Select-Object -First 1
  if ($null -eq $module) { exit ${EXIT.noModule} }
  Import-Module -Name $module.Path
  $request = ConvertFrom-Json -InputObject $env:${REQUEST_VARIABLE}
${statements.map((statement) => `  ${statement}`).join('\n')}
}
catch {
  $message = [System.Text.Encoding]::UTF8.GetBytes($_.Exception.Message)
  [System.Console]::Out.WriteLine('${MESSAGE_MARK}' + [System.Convert]::ToBase64String($message))
  exit ${EXIT.refused}
}
`;
}

/** What `CONNECT` works on. */
export interface ConnectRequest {
  /** Resource Manager of a cloud that Azure PowerShell does not know by the name in `parameters`; `''` for the others. */
  readonly armEndpoint: string;
  /** Of `Connect-AzAccount`, by name. */
  readonly parameters: Readonly<Record<string, string | true>>;
  /** Parameters that are secure strings. */
  readonly secure: Readonly<Record<string, string>>;
  /** Becomes the parameter `Credential`. */
  readonly credential?: { readonly user: string; readonly password: string };
}

/** Source: Azure PowerShell, `Connect-AzAccount`; the context is kept for later processes, as is the default. */
export const CONNECT = script(
  '$connect = @{}',
  'foreach ($property in $request.parameters.PSObject.Properties) { $connect[$property.Name] = $property.Value }',
  'foreach ($property in $request.secure.PSObject.Properties) {',
  '  $connect[$property.Name] = ConvertTo-SecureString -String $property.Value -AsPlainText -Force',
  '}',
  'if ($request.credential) {',
  '  $password = ConvertTo-SecureString -String $request.credential.password -AsPlainText -Force',
  '  $connect.Credential = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $request.credential.user, $password',
  '}',
  'if ($request.armEndpoint) {',
  '  Add-AzEnvironment -Name $connect.Environment -ARMEndpoint $request.armEndpoint | Out-Null',
  '}',
  'Connect-AzAccount @connect | Out-Null',
);

/** What `DISCONNECT` works on. */
export interface DisconnectRequest {
  readonly contextName: string;
}

/**
 * Signs the account of our context out, which takes its other contexts and its stored secret with it. A runner of the
 * user's own may have contexts of other accounts: they stay. Where nothing else is left, the token cache and the key
 * store are emptied too, as azure/login does always. Done twice, the second time finds nothing.
 * Source: Azure PowerShell, `DisconnectAzureRmAccount.cs`, `ClearAzureRmContext.cs`.
 */
export const DISCONNECT = script(
  '$contexts = @(Get-AzContext -ListAvailable | Where-Object { $_.Name -eq $request.contextName })',
  'foreach ($context in $contexts) { Disconnect-AzAccount -AzureContext $context -Scope CurrentUser | Out-Null }',
  'if (@(Get-AzContext -ListAvailable).Count -eq 0) { Clear-AzContext -Scope CurrentUser -Force | Out-Null }',
);
