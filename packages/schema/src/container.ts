import { z } from "zod";
import { object, oneOf, someText, text } from "./values.ts";

const parameterSchema = object("Parameter", "An option of `docker run`.", {
  name: someText.describe("The option, without its dashes."),
  value: text.describe("Its value."),
});

const dockerSchema = object("Docker", "A container of Docker's.", {
  image: someText.describe("The image's name, with its tag."),
  parameters: z
    .array(parameterSchema, { error: "must be a list of Parameter objects" })
    .default([])
    .describe("Options of `docker run`."),
});

/** Aurora's type lets `docker` be absent and its client then fails: without it, it is no container. */
const containerSchema = object("Container", "The older way to say Docker.", { docker: dockerSchema });

const appcImageSchema = object("AppcImage", "An image of the App Container format.", {
  name: someText.describe("The image's name."),
  image_id: someText.describe("The image's id."),
});

const dockerImageSchema = object("DockerImage", "An image of Docker's format.", {
  name: someText.describe("The image's name."),
  tag: someText.describe("The image's tag."),
});

const mode = oneOf(["RO", "RW"]).meta({
  id: "Mode",
  description: "`RO`: only to be read. `RW`: to be written, too.",
});

const volumeSchema = object("Volume", "A directory of the host that is seen in the container.", {
  container_path: someText.describe("Where it is seen."),
  host_path: someText.describe("What is seen."),
  mode,
});

const mesosSchema = object("Mesos", "A container of Mesos' own.", {
  image: z.union([appcImageSchema, dockerImageSchema]).optional().describe("AppcImage or DockerImage."),
  volumes: z
    .array(volumeSchema, { error: "must be a list of Volume objects" })
    .default([])
    .describe("Directories of the host."),
});

export const containerChoice = z.union([containerSchema, dockerSchema, mesosSchema]);
