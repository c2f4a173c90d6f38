/**
 * How long V8 takes to parse one file of dist, in milliseconds. In a process of its own, since V8 remembers what it has
 * parsed. Needs --experimental-vm-modules: the files are ES modules.
 */
import { readFileSync } from 'node:fs';
import { SourceTextModule } from 'node:vm';

const source = readFileSync(process.argv[2], 'utf8');
new SourceTextModule('export {}');
const started = performance.now();
new SourceTextModule(source);
console.log(performance.now() - started);
