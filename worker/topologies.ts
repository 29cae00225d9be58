import type { TimeSettings } from '../src/core/time.ts';
import { reservation } from '../src/reservation/topology.ts';
import { retry } from '../src/retry/topology.ts';
import { sessions } from '../src/sessions/topology.ts';
import type { WorkerSettings } from '../src/settings.ts';
import type { Topology } from '../src/topology.ts';

/**
 * What this Worker can serve, by the name that `ORIEL_TOPOLOGY` gives it. Add your own: any `topology()` will do, whatever its events, windows and outcomes are.
 * A setting that is not given is `undefined`, and the topology's own default holds.
 */
export const topologies: Readonly<Record<string, (settings: WorkerSettings) => Topology>> = {
  reservation: (settings) => anyOf(reservation({ ...common(settings), window: settings.ORIEL_WINDOW, settle: settings.ORIEL_SETTLE })),
  retry: (settings) =>
    anyOf(retry({ ...common(settings), base: settings.ORIEL_WINDOW, cap: settings.ORIEL_RETRY_CAP, maxAttempts: settings.ORIEL_RETRY_ATTEMPTS })),
  sessions: (settings) => anyOf(sessions({ ...common(settings), gap: settings.ORIEL_WINDOW })),
};

interface Common {
  readonly grace: number | undefined;
  readonly retention: number;
  readonly time: TimeSettings;
}

/** What means the same to every topology. */
function common(settings: WorkerSettings): Common {
  return {
    grace: settings.ORIEL_GRACE,
    retention: settings.ORIEL_RETENTION,
    time: {
      mode: settings.ORIEL_TIME,
      maxFuture: settings.ORIEL_MAX_FUTURE,
      ...(settings.ORIEL_MAX_HOLD === undefined ? {} : { maxHold: settings.ORIEL_MAX_HOLD }),
    },
  };
}

/** A topology whose types are forgotten: what comes by RPC or out of storage has none. */
function anyOf<V, S, O>(topology: Topology<V, S, O>): Topology {
  return topology as unknown as Topology;
}
