import { BehaviorSubject, fromEvent, merge, Subject, type Subscription, share } from 'rxjs';
import { INITIAL_STATE, type LiveState, liveView, postEvents } from '../../src/client.ts';
import type { Post } from './customer-panel.ts';
import { byId } from './element.ts';
import { choosePartition } from './partitions.ts';
import { accessOf, placeOf, probe } from './session.ts';
import { tokenForm } from './token-form.ts';
import { dispositionWords } from './words.ts';

const POST_TIMEOUT_MS = 15_000;

export interface ObjectsMode {
  readonly state: LiveState;
  /** Connects to the Worker; `onState` is called for each state with the one before. */
  enter(onState: (state: LiveState, before: LiveState) => void): void;
  /** Leaves the Worker alone. What was known is forgotten. */
  leave(): void;
  /** Posts an event of a customer, and tells what became of it. @throws OrielError as `postEvents` does. */
  readonly post: Post;
}

/** The live view of a partition of the Worker that the page comes from, for as long as the page shows it. */
export function objectsMode(): ObjectsMode {
  const place = placeOf(location.origin, location.search);
  const states = new BehaviorSubject<LiveState>(INITIAL_STATE);
  const signedIn = new Subject<void>();
  const tokens = tokenForm(byId('token', HTMLFormElement), place.origin, () => signedIn.next());
  let watching: Subscription | undefined;
  let offered = false;

  function offerPartitions(): void {
    if (offered) return;
    offered = true;
    const query = new URLSearchParams(location.search);
    choosePartition(byId('place', HTMLSelectElement), {
      place,
      wasAsked: query.has('topic') || query.has('partition'),
      go: (search) => {
        location.search = search;
      },
    });
  }

  return {
    get state() {
      return states.value;
    },
    enter(onState) {
      if (watching !== undefined) return;
      offerPartitions();
      const view = liveView({
        url: place.origin,
        topic: place.topic,
        partition: place.partition,
        wake: merge(signedIn, fromEvent(window, 'online'), fromEvent(document, 'visibilitychange')),
      }).pipe(share());
      watching = accessOf(view, () => probe(place)).subscribe((access) => watching !== undefined && tokens.show(access));
      watching.add(
        view.subscribe((state) => {
          const before = states.value;
          states.next(state);
          if (state.connection === 'open' && state.time !== null) tokens.hide();
          onState(state, before);
        }),
      );
    },
    leave() {
      watching?.unsubscribe();
      watching = undefined;
      states.next(INITIAL_STATE);
      tokens.hide();
    },
    async post(key, event, told) {
      const results = await postEvents(place.origin, key, [event], { signal: AbortSignal.timeout(POST_TIMEOUT_MS) });
      const result = results.find(({ id }) => id === event.id);
      return result === undefined ? { text: `${told}: no answer for this event`, reason: '', tone: 'bad' } : dispositionWords(told, result);
    },
  };
}
