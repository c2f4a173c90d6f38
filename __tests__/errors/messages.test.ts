import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderedMessages } from './messages.ts';

test('the messages match the reviewed snapshot', () => {
  assert.equal(renderedMessages(), readFileSync(new URL('messages.snapshot.txt', import.meta.url), 'utf8'));
});

test('the messages have no line that the runner reads as a command', () => {
  assert.doesNotMatch(renderedMessages(), /^\s*(?:::|##\[)/m);
});
