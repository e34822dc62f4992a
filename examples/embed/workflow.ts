import { sleep } from "obelisk:workflow/workflow-support@6.0.0";

export const greetings = {
  greet(name: string): string {
    sleep({ tag: "in", val: { tag: "seconds", val: 1 } }, "think");
    return `Hello, ${name}!`;
  },
};
