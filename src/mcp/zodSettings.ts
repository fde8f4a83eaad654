/** Loaded before all schemas, the library's too: zod makes code for each of them otherwise, which one message pays for. */
import * as z from "zod/mini";

z.config({ jitless: true });
