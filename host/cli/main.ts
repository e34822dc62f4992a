import { Command, CommanderError } from "commander";
import { buildCommand } from "./build.ts";
import { cancelCommand } from "./cancel.ts";
import { checkCommand } from "./check.ts";
import { eventsCommand } from "./events.ts";
import { listCommand } from "./list.ts";
import { logsCommand } from "./logs.ts";
import { reportError } from "./output.ts";
import { pauseCommand } from "./pause.ts";
import { replayCommand } from "./replay.ts";
import { resumeCommand } from "./resume.ts";
import { runCommand } from "./run.ts";
import { showCommand } from "./show.ts";
import { signalCommand } from "./signal.ts";
import { stateCommand } from "./state.ts";
import { stubCommand } from "./stub.ts";
import { submitCommand } from "./submit.ts";
import { unpauseCommand } from "./unpause.ts";
import { upgradeCommand } from "./upgrade.ts";
import { version } from "./version.ts";
import { witCommand } from "./wit.ts";

const program = new Command("stele")
  .description("Durable workflows written as WebAssembly components, with their whole record in SQLite")
  .version(version())
  .showHelpAfterError("(--help tells how it is used)")
  .exitOverride()
  .addHelpText(
    "after",
    "\nExit codes: 0 ok, 1 the function returned an err, 3 the platform failed it, 2 wrong usage or a world that failed",
  );

for (const command of [
  runCommand,
  resumeCommand,
  submitCommand,
  cancelCommand,
  pauseCommand,
  unpauseCommand,
  stubCommand,
  listCommand,
  showCommand,
  eventsCommand,
  logsCommand,
  replayCommand,
  checkCommand,
  stateCommand,
  signalCommand,
  upgradeCommand,
  buildCommand,
  witCommand,
]) {
  program.addCommand(throwing(command()));
}

/** Wrong usage is thrown, of a command within a command too, so that one place makes an exit code of it. */
function throwing(command: Command): Command {
  for (const part of command.commands) throwing(part);
  return command.exitOverride().showHelpAfterError("(--help tells how it is used)");
}

// A reader that goes away, as `stele list | head` does, is no mistake.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = reportError(error, process.argv.includes("--json"));
}
