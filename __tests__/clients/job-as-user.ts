/**
 * Runs a step of the action and, when its input ends, that step's post: a program of its own, so that it can be run as
 * another user. Gets the variables of the job and the inputs of the step as its argument, in JSON; prints a line of JSON
 * after each of the two.
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
