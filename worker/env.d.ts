import type { Bindings } from './bindings.ts';
import type { ObjectBindings } from './objects.ts';

/** What the Worker and its objects are given: the objects see more of each other than the routes do. */
interface Bound extends Omit<Bindings, keyof ObjectBindings>, ObjectBindings {}

declare global {
  namespace Cloudflare {
    interface Env extends Bound {}
  }
  interface Env extends Bound {}
}
