# hearthd where no systemd is: docker build -t hearthd . && docker run -v hearthd:/var/lib/hearthd hearthd
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/hearthd \
 && /opt/hearthd/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY systemd ./systemd
COPY agent ./agent
COPY integrations ./integrations
RUN /opt/hearthd/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends mosquitto alsa-utils espeak-ng libportaudio2 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 900 --home-dir /var/lib/hearthd --create-home hearthd
COPY --from=build /opt/hearthd /opt/hearthd
ENV PATH=/opt/hearthd/bin:$PATH \
    STATE_DIRECTORY=/var/lib/hearthd \
    CONFIGURATION_DIRECTORY=/etc/hearthd \
    PYTHONDONTWRITEBYTECODE=1
USER hearthd
VOLUME ["/var/lib/hearthd"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["hearthd", "health"]
ENTRYPOINT ["hearthd"]
CMD ["run"]
