import type { SignInRequest } from './request.ts';

/** Something the inputs can ask for that no code does yet: its name at the beginning of a sentence, and who asks for it. */
export interface UnbuiltFeature {
  readonly name: string;
  readonly isAsked: (request: SignInRequest) => boolean;
}

/** One line a feature, to be deleted when the feature is there. */
export const NOT_YET: ReadonlySet<UnbuiltFeature> = new Set([]);

/** A problem for every feature the request asks for that is not there. */
export function refuseUnbuilt(request: SignInRequest): readonly string[] {
  return [...NOT_YET]
    .filter((feature) => feature.isAsked(request))
    .map((feature) => `${feature.name} is not built into this version yet.`);
}
