import v8 from 'node:v8'
import { Worker } from 'node:worker_threads'
setInterval(()=>{ const m=process.memoryUsage(); const h=v8.getHeapStatistics(); console.error(JSON.stringify({rss:m.rss/1e6|0,heapUsed:m.heapUsed/1e6|0,heapTotal:m.heapTotal/1e6|0,ext:m.external/1e6|0,ab:m.arrayBuffers/1e6|0,limit:h.heap_size_limit/1e6|0,malloced:h.malloced_memory/1e6|0})) }, 5000).unref()
