// The first page: jQuery and jquery.signalR, as they come.

import { startPage } from "../page.js";
import { hubConnection } from "./connection.js";

if (window.jQuery?.signalR) startPage(hubConnection);
