import { cliTypes } from "./types/cli.ts";
import { clocksTypes } from "./types/clocks.ts";
import { filesystemTypes } from "./types/filesystem.ts";
import { httpTypes } from "./types/http.ts";
import { ioTypes } from "./types/io.ts";
import { randomTypes } from "./types/random.ts";
import { socketsTypes } from "./types/sockets.ts";

/** WASI for both kinds of guests. A type is the same in all of 0.2; later versions only add functions. */
export const commonTypes = { ...cliTypes, ...clocksTypes, ...filesystemTypes, ...ioTypes, ...randomTypes };

/** WASI that an activity has beyond that. */
export const activityTypes = { ...httpTypes, ...socketsTypes };
