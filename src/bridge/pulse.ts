/** Wakes all who wait at each beat. Who waits tests its condition before and after: no `await` may stand between the test and `wait`. */
export class Pulse {
  #waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  beat(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
