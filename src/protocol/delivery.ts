/** What became of one outcome: stored, or refused for good, which makes it a dead letter. */
export type Delivery = { readonly stored: true } | { readonly stored: false; readonly code: string; readonly message: string };

/** The delivery of an outcome that the sink has durably. */
export const STORED: Delivery = { stored: true };
