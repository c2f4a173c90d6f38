import { isDeepStrictEqual } from 'node:util';
import type { Documents } from './documents.ts';
import type { Layer, LayerValue, SharedSession } from './session.ts';
import { SLOTS, type SlotName, subscriptionFinder } from './slots.ts';

/** Documents of a folder that logins share: there is a session. */
export type SharedDocuments = Documents & { readonly session: SharedSession };

/** Something that a login puts into a profile. */
export interface Claim {
  readonly slot: SlotName;
  readonly key: string;
  readonly value: LayerValue;
}

type LoginLayer = Extract<Layer, { from: 'login' }>;

/**
 * Puts claims in their places, and remembers what was there before any of them unless an earlier login had put it there.
 */
export function lay(documents: SharedDocuments, claims: readonly Claim[], login: string): SharedDocuments {
  return Object.entries(Object.groupBy(claims, ({ slot }) => slot)).reduce(
    (laid, [slot, ofSlot]) => layInSlot(laid, slot as SlotName, ofSlot, login, documents),
    documents,
  );
}

function layInSlot(
  documents: SharedDocuments,
  slot: SlotName,
  claims: readonly Claim[],
  login: string,
  found: Documents,
): SharedDocuments {
  const stacks = stacksOf(documents, slot);
  const read = SLOTS[slot].reader(found);
  const changes = new Map<string, LayerValue>();
  for (const { key, value } of claims) {
    const layers = stacks.get(key) ?? [];
    const there = changes.get(key) ?? read(key);
    const known = layers.length > 0 && same(slot, there, layers.at(-1)?.value);
    const displaced = known ? [] : [displacedLayer(slot, layers, there)];
    stacks.set(key, [...layers, ...displaced, { from: 'login', login, value }]);
    changes.set(key, value);
  }
  return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}

/**
 * What is there although something else was laid last: an earlier login's, if a client went back to that or the last
 * login was killed before it wrote; else the folder's own.
 */
function displacedLayer(slot: SlotName, layers: readonly Layer[], there: LayerValue | undefined): Layer {
  if (there === undefined) return { from: 'folder' };
  const earlier = layers.findLast((layer) => layer.from === 'login' && same(slot, there, layer.value));
  return { ...(earlier ?? { from: 'folder' }), value: there };
}

/**
 * Takes a login's layers out of a slot. Where one was what is there, the layer below comes back: an earlier login's, or
 * the folder's own. What a client put there since is nobody's of us and stays, unless it names a subscription that is
 * gone.
 * @param found the folder as it was before anything of the login was taken out
 */
export function lift(documents: SharedDocuments, slot: SlotName, login: string, found: Documents): SharedDocuments {
  const stacks = stacksOf(documents, slot);
  const read = SLOTS[slot].reader(found);
  const isThere = subscriptionFinder(documents);
  const fits = (value: LayerValue): boolean => SLOTS[slot].value === 'any' || isThere(value);
  const changes = new Map<string, LayerValue | undefined>();
  for (const [key, layers] of [...stacks]) {
    const left: readonly Layer[] = layers.filter((layer) => !isOf(layer, login));
    if (left.length === layers.length) continue;
    if (left.some(({ from }) => from === 'login')) stacks.set(key, left);
    else stacks.delete(key);
    const there = read(key);
    if (there === undefined) continue;
    const top = layers.at(-1)?.value;
    const next = left.findLast(({ value }) => value === undefined || fits(value))?.value;
    const goes = same(slot, there, top) ? !isDeepStrictEqual(next, top) : !fits(there);
    if (goes) changes.set(key, next);
  }
  if (changes.size === 0) return withStacks(documents, slot, stacks, documents.session);
  return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}

/** Changes what a login laid in a slot, and also what is there where that is the login's. */
export function revise(
  documents: SharedDocuments,
  slot: SlotName,
  login: string,
  change: (value: LayerValue) => LayerValue,
): SharedDocuments {
  const stacks = stacksOf(documents, slot);
  const read = SLOTS[slot].reader(documents);
  const changes = new Map<string, LayerValue>();
  for (const [key, layers] of stacks) {
    const top = layers.at(-1);
    const there = read(key);
    if (top !== undefined && isOf(top, login) && there !== undefined && same(slot, there, top.value)) {
      changes.set(key, change(there));
    }
    stacks.set(
      key,
      layers.map((layer) => (isOf(layer, login) ? { ...layer, value: change(layer.value) } : layer)),
    );
  }
  return withStacks({ ...documents, ...SLOTS[slot].write(documents, changes) }, slot, stacks, documents.session);
}

/** What the folder had in a slot before logins laid something over it. */
export function folderValues(session: SharedSession, slot: SlotName): LayerValue[] {
  return Object.values(session.layers[slot] ?? {})
    .flat()
    .flatMap(({ from, value }) => (from === 'folder' && value !== undefined ? [value] : []));
}

export function same(slot: SlotName, there: LayerValue | undefined, laid: LayerValue | undefined): boolean {
  if (there === undefined || laid === undefined) return there === laid;
  return SLOTS[slot].same(there, laid);
}

function isOf(layer: Layer, login: string): layer is LoginLayer {
  return layer.from === 'login' && layer.login === login;
}

function stacksOf({ session }: SharedDocuments, slot: SlotName): Map<string, readonly Layer[]> {
  return new Map(Object.entries(session.layers[slot] ?? {}));
}

function withStacks(
  documents: Documents,
  slot: SlotName,
  stacks: ReadonlyMap<string, readonly Layer[]>,
  session: SharedSession,
): SharedDocuments {
  return { ...documents, session: { ...session, layers: { ...session.layers, [slot]: Object.fromEntries(stacks) } } };
}
