// A process that stays open with one DefaultAzureCredential: node open-process.mjs <folder of the package>
// Reads a line `token <scope>` or `forward <seconds>` (puts its clock forward) and answers each with a line of JSON.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { DefaultAzureCredential } = createRequire(join(process.argv[2], 'package.json'))('@azure/identity');
const credential = new DefaultAzureCredential();
const now = Date.now;
for await (const line of createInterface({ input: process.stdin })) {
  const [order, argument] = line.split(' ');
  if (order === 'forward') Date.now = () => now() + Number(argument) * 1000;
  console.log(JSON.stringify(order === 'forward' ? {} : await answer(argument)));
}

async function answer(scope) {
  try {
    return { token: (await credential.getToken(scope)).token };
  } catch (error) {
    return { error: String(error.message) };
  }
}
