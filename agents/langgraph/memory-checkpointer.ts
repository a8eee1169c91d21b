/** LangGraph's own memory saver, holding one checkpoint a thread where that keeps them all. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { type Checkpoint, type CheckpointMetadata, MemorySaver } from "@langchain/langgraph-checkpoint";

export class NewestMemorySaver extends MemorySaver {
  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
  ): Promise<RunnableConfig> {
    await this.deleteThread(config.configurable?.thread_id);
    return super.put(config, checkpoint, metadata);
  }
}
