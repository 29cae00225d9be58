/** The lab's clock at the start, 2026-01-05 14:50 UTC: a fixed instant, so that a permalink shows the same. */
export const START = 1_767_624_600_000;

/** How often the source says how far it is while it has caught up, ms of the lab's clock. */
export const CLAIM_EVERY_MS = 1_000;
