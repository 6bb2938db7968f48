// Options of `heddle replay` about the node whose blocks are run.

import { type Command, Option } from "commander";
import { hardfork } from "../dev/options.ts";
import { OptionError } from "../errors.ts";
import { addRemoteOptions, header, remoteUrl } from "../remote/options.ts";
import { blockRange } from "./block-range.ts";

const NODE = "Node:";

export function addNodeOptions(command: Command): Command {
  const options = [
    new Option("--rpc <url>", "a node to read blocks from").argParser(remoteUrl),
    new Option("--block <n>", "of that node: a number, two as in 100..110, or latest").argParser(blockRange),
    new Option("--header <line>", "sent with each request; may be repeated").argParser(header),
    new Option(
      "--hardfork <name>",
      "the rules of blocks, where the chain is not one that is known",
    ).argParser(hardfork),
  ];
  for (const option of options) command.addOption(option.helpGroup(NODE));
  return addRemoteOptions(command, NODE);
}

/** @throws OptionError unless either files or a node are given */
export function checkReplayed(inputs: readonly string[], rpc: string | undefined): void {
  if ((rpc === undefined) !== (inputs.length === 0)) return;
  const met = inputs.length === 0 ? "neither was given" : "both were";
  throw new OptionError("what is replayed", "files, or --rpc and --block", met);
}
