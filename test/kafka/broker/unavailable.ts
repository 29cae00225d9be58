/** There can be no broker on this machine; the message says why, and what to do. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}
