/** What a JavaScript engine has of its own: no environment, no files, no sockets, but `fetch`. */
const attempts: Readonly<Record<string, (argument: string) => string | Promise<string>>> = {
  now: () => String(Math.floor(Date.now() / 1000)),
  sleep: async (ms) => {
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return String(performance.now() - before >= Number(ms) - 1);
  },
  random: () => String(crypto.getRandomValues(new Uint32Array(1))[0]),
  say: (line) => {
    console.log(line);
    return "";
  },
  complain: (line) => {
    console.error(line);
    return "";
  },
  get: async (url) => {
    const response = await fetch(url);
    return `${response.status} ${await response.text()}`;
  },
  panic: (message) => {
    throw new Error(message);
  },
};

export const surroundings = {
  async attempt(what: string, argument: string): Promise<string> {
    const made = attempts[what];
    if (made === undefined) throw `no ${what}`;
    try {
      return await made(argument);
    } catch (error) {
      throw what === "panic" ? error : String(error);
    }
  },
};
