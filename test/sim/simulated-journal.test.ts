/** What is simulated keeps the contract of what it stands for. */
import { describeJournal } from "../journal/contract.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedJournal } from "./simulated-journal.ts";
import { SimulatedReader } from "./simulated-reader.ts";

const disks = new Map<string, SimulatedDisk>();
let places = 0;

function diskAt(place: string): SimulatedDisk {
  const disk = disks.get(place);
  if (disk === undefined) throw new Error(`there is no disk at ${place}`);
  return disk;
}

describeJournal("a simulated disk", {
  makePlace: () => {
    const place = String(++places);
    disks.set(place, new SimulatedDisk());
    return place;
  },
  removePlace: (place) => disks.delete(place),
  open: (place) => new SimulatedJournal(diskAt(place), { later: setImmediate }),
  read: (place) => new SimulatedReader(diskAt(place)),
  takeOver: (place) => {
    diskAt(place).epoch++;
  },
});
