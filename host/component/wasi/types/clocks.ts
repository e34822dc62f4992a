import {
  bool,
  func,
  own,
  record,
  s32,
  string,
  u32,
  u64,
  type WrittenInterfaces,
} from "../../../core/wit/written-types.ts";

export const datetime = record("datetime", { seconds: u64, nanoseconds: u32 });
const timezoneDisplay = record("timezone-display", {
  "utc-offset": s32,
  name: string,
  "in-daylight-saving-time": bool,
});

/** The functions of `wasi:clocks`. */
export const clocksTypes = {
  "wasi:clocks/monotonic-clock": {
    now: func({}, u64),
    resolution: func({}, u64),
    "subscribe-instant": func({ when: u64 }, own("pollable")),
    "subscribe-duration": func({ when: u64 }, own("pollable")),
  },
  "wasi:clocks/wall-clock": {
    now: func({}, datetime),
    resolution: func({}, datetime),
  },
  "wasi:clocks/timezone": {
    display: func({ when: datetime }, timezoneDisplay),
    "utc-offset": func({ when: datetime }, s32),
  },
} satisfies WrittenInterfaces;
