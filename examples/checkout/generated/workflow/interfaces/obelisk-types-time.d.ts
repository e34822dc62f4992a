declare module 'obelisk:types/time@5.0.0' {
  export type Duration = DurationMilliseconds | DurationSeconds | DurationMinutes | DurationHours | DurationDays;
  export interface DurationMilliseconds {
    tag: 'milliseconds',
    val: number,
  }
  export interface DurationSeconds {
    tag: 'seconds',
    val: number,
  }
  export interface DurationMinutes {
    tag: 'minutes',
    val: number,
  }
  export interface DurationHours {
    tag: 'hours',
    val: number,
  }
  export interface DurationDays {
    tag: 'days',
    val: number,
  }
  /**
   * UTC wall-clock time: seconds since the Unix epoch plus nanoseconds.
   */
  export interface Datetime {
    seconds: number,
    nanoseconds: number,
  }
  export type ScheduleAt = ScheduleAtNow | ScheduleAtAt | ScheduleAtIn;
  export interface ScheduleAtNow {
    tag: 'now',
  }
  export interface ScheduleAtAt {
    tag: 'at',
    val: Datetime,
  }
  export interface ScheduleAtIn {
    tag: 'in',
    val: Duration,
  }
}
