import { playSlice } from "./slices.ts";

playSlice("nft dash");
