// The second page: TypeScript, @microsoft/signalr, MessagePack and signed rejoin.

import { startPage } from "../page.js";
import { hubConnection, type CoreConnection } from "./connection.js";
import { confirm, demonstrate, happened } from "./demonstration.js";

let current: CoreConnection | null = null;

demonstrate(() => current);
startPage((on) => (current = hubConnection({ ...on, confirm, happened })));
