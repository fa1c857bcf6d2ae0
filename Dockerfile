# One image for the target, Locust's master and its workers; docker-compose.yml gives each its command.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE nfr.toml prices.toml ./
COPY templates templates
COPY locustfiles locustfiles
COPY reznet_load reznet_load
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 reznet && mkdir /reports && chown reznet /reports
COPY requirements.lock /tmp/requirements.lock
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir -c /tmp/requirements.lock "$(ls /wheels/*.whl)[target]" && rm -r /wheels /tmp/requirements.lock
COPY locustfiles /app/locustfiles
WORKDIR /app
USER reznet
ENTRYPOINT ["reznet-load"]
CMD ["--help"]
