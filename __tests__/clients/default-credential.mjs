// Prints an access token of DefaultAzureCredential: node default-credential.mjs <folder of the package> <scope>
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, scope] = process.argv.slice(2);
const { DefaultAzureCredential } = createRequire(join(folder, 'package.json'))('@azure/identity');
const { token } = await new DefaultAzureCredential().getToken(scope);
console.log(token);
