// A long-running process with one DefaultAzureCredential: node open-process.mjs <folder of the package>
// Reads lines `token <scope>` or `forward <seconds>` (sets its clock forward) and prints a line of JSON for each.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { DefaultAzureCredential } = createRequire(join(process.argv[2], 'package.json'))('@azure/identity');
const credential = new DefaultAzureCredential();
const now = Date.now;
for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument] = line.split(' ');
  if (command === 'forward') Date.now = () => now() + Number(argument) * 1000;
  console.log(JSON.stringify(command === 'forward' ? {} : await getToken(argument)));
}

async function getToken(scope) {
  try {
    return { token: (await credential.getToken(scope)).token };
  } catch (error) {
    return { error: String(error.message) };
  }
}
