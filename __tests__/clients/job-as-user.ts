/**
 * Runs a step of the action and, at the end of its standard input, the post of the step. This is a program so that
 * another user can run it. Its argument is JSON with the job's variables and the step's inputs. Prints a line of JSON
 * for each run.
 */
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Job } from '../../simulator/job.ts';

const { env, inputs } = JSON.parse(process.argv[2] ?? '') as Record<'env' | 'inputs', Record<string, string>>;
using job = new Job(env);
const step = await job.step({ inputs });
console.log(JSON.stringify({ result: step.result, folder: job.folder, env: job.env }));
await text(process.stdin);
const post = await step.post();
console.log(JSON.stringify({ result: post, left: readdirSync(job.temp, { recursive: true }) }));
