import { playSlice } from "./slices.ts";

playSlice("legacy busybox");
