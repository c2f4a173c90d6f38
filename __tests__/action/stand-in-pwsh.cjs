/** Replaces `pwsh` in tests. `stand-in-pwsh.ts` installs it and selects its behavior by variables. */
const fs = require('node:fs');
const { join } = require('node:path');

const { STAND_IN_FOLDER: folder, STAND_IN_JOB: job, STAND_IN_CONNECT, STAND_IN_DISCONNECT } = process.env;
const args = process.argv.slice(2);
if (args.at(-1).includes('azure-session-process:')) console.log(`azure-session-process:${process.pid}`);
const request = JSON.parse(process.env['AZURE_SESSION_POWERSHELL']);
const connects = args.at(-1).includes('Connect-AzAccount');
const pfx = request.parameters?.CertificatePath;
const certificate = pfx ? fs.readFileSync(pfx).toString('base64') : '';
const call = { args, env: process.env, pid: process.pid, certificate };
fs.appendFileSync(join(folder, 'calls'), `${JSON.stringify(call)}\n`);
const secrets = [request.credential?.password, request.parameters?.FederatedToken, request.secure?.CertificatePassword]
  .filter(Boolean)
  .join();

/** Keeps contexts for later processes, as PowerShell does. */
function saveContexts() {
  const contexts = join(folder, 'contexts');
  const saved = fs.existsSync(contexts) ? fs.readFileSync(contexts, 'utf8').split('\n') : [];
  const others = saved.filter((name) => name !== request.contextName);
  fs.writeFileSync(contexts, [...others, ...(connects ? [request.parameters.ContextName] : [])].join('\n'));
}

const BEHAVIORS = {
  succeed() {
    console.log('WARNING: TenantId contains more than one active subscription.');
    saveContexts();
  },
  'no-module': () => process.exit(20),
  reject() {
    console.log(`WARNING: ${secrets}`);
    const message = `AADSTS90002: Tenant not found.\u001b[31m\nYou gave ${secrets}`;
    console.log(`azure-session:${Buffer.from(message).toString('base64')}`);
    process.exit(21);
  },
  crash() {
    console.error(`Process terminated. Could not find a valid ICU package. ${secrets}`);
    process.exit(134);
  },
  hang() {
    saveContexts();
    setTimeout(() => {}, 20_000);
  },
  'succeed-and-break-the-runner'() {
    for (const name of fs.readdirSync(job).filter((each) => /-main-.*GITHUB_ENV$/.test(each))) {
      fs.rmSync(join(job, name));
      fs.mkdirSync(join(job, name));
    }
    saveContexts();
  },
};
BEHAVIORS[connects ? STAND_IN_CONNECT : STAND_IN_DISCONNECT]();
