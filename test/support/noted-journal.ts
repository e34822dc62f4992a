import type { Journal } from "../../host/ports/journal.ts";

/** The journal, with each call noted before it is made. */
export function notedJournal(journal: Journal, note: (method: string, first: unknown) => void): Journal {
  return new Proxy(journal, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        note(String(property), args[0]);
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
}
