/** US dollars, list prices of Workers Paid beyond what is included, as Cloudflare's pages had them on these days. */
export const PRICES = {
  /** https://developers.cloudflare.com/durable-objects/platform/pricing/ and /workers/platform/pricing/, read 2026-11-23. */
  workerRequests: 0.3 / 1e6,
  objectRequests: 0.15 / 1e6,
  /** Incoming WebSocket messages that make one request. */
  messagesARequest: 20,
  gbSeconds: 12.5 / 1e6,
  /** What an object is billed as, whatever it uses. */
  objectGb: 0.128,
  rowsWritten: 1 / 1e6,
  rowsRead: 0.001 / 1e6,
  /** https://developers.cloudflare.com/workflows/reference/pricing/, as of 2026-07-21: a wait counts as a step. */
  workflowSteps: 0.8 / 1e5,
  /** https://developers.cloudflare.com/queues/platform/pricing/, as of 2026-04-21: a message is written, read and deleted. */
  queueOperations: 0.4 / 1e6,
  queueOperationsAMessage: 3,
} as const;

/** What one reservation takes. */
export interface Bill {
  readonly workerRequests: number;
  /** HTTP, RPC, alarms. */
  readonly objectRequests: number;
  readonly messages: number;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly activeSeconds: number;
}

/** Dollars a reservation. */
export function priceOf({ workerRequests, objectRequests, messages, rowsWritten, rowsRead, activeSeconds }: Bill): number {
  return (
    workerRequests * PRICES.workerRequests +
    (objectRequests + messages / PRICES.messagesARequest) * PRICES.objectRequests +
    activeSeconds * PRICES.objectGb * PRICES.gbSeconds +
    rowsWritten * PRICES.rowsWritten +
    rowsRead * PRICES.rowsRead
  );
}

/** The same by a Workflow instance a reservation, which waits for the payment event (`waitForEvent`) and does one step then; the payments' own requests not counted. */
export const WORKFLOW_PRICE = PRICES.workerRequests + 2 * PRICES.workflowSteps;

/** By a delayed message a reservation. It cannot be cancelled, and finds out elsewhere, at a price of its own, whether it was paid for. */
export const QUEUE_PRICE = PRICES.queueOperationsAMessage * PRICES.queueOperations;
