// Those who are there just now. To come and to go costs next to nothing, leaves nothing behind for
// the garbage collector, and needs no method that user code may have replaced.

/** What a Roster notes of a member; its own affair. */
export type Member = { place: number };

/** Before it has come. */
export const NO_PLACE = -1;

export class Roster<T extends Member> {
  readonly #members: (T | undefined)[] = [];
  #count = 0;

  get size(): number {
    return this.#count;
  }

  add(member: T): void {
    member.place = this.#count;
    this.#members[this.#count] = member;
    this.#count += 1;
  }

  /** @returns false: it is not there, or not any more. */
  remove(member: T): boolean {
    const { place } = member;
    if (this.#members[place] !== member) return false;
    this.#count -= 1;
    const last = this.#members[this.#count];
    this.#members[this.#count] = undefined;
    if (last !== undefined && last !== member) {
      this.#members[place] = last;
      last.place = place;
    }
    return true;
  }

  /** In no order; what is called may add and remove: who was there is called. */
  each(call: (member: T) => void): void {
    const members: (T | undefined)[] = [];
    for (let at = 0; at < this.#count; at += 1) members[at] = this.#members[at];
    for (let at = 0; at < members.length; at += 1) {
      const member = members[at];
      if (member !== undefined) call(member);
    }
  }

  find(isWanted: (member: T) => boolean): T | undefined {
    for (let at = 0; at < this.#count; at += 1) {
      const member = this.#members[at];
      if (member !== undefined && isWanted(member)) return member;
    }
    return undefined;
  }
}
