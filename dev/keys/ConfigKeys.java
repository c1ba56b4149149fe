import java.io.Reader;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Asks Kafka itself about its configuration: run with the jars of one version on the class path.
 *
 * table: one line per broker and controller key: name, type, default, valid values, importance, update mode.
 * topics: one line per key of a topic: the same, with the broker keys that its default follows in place of the mode.
 * check FILE...: reads each file as a node, a ZooKeeper server, a Connect worker or a topic of this version would, and says what it refuses and what it does not know.
 */
public class ConfigKeys {
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("table")) {
            table();
            return;
        }
        if (arguments[0].equals("topics")) {
            topics();
            return;
        }
        for (String file : List.of(arguments).subList(1, arguments.length)) {
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(Path.of(file))) {
                properties.load(reader);
            }
            if (file.endsWith("zoo.cfg")) {
                checkServer(file, properties);
            } else if (file.endsWith("worker.properties")) {
                checkWorker(file, properties);
            } else if (file.endsWith("topic.properties")) {
                checkTopic(file, properties);
            } else {
                checkNode(file, properties);
            }
        }
    }

    private static void table() throws Exception {
        Map<String, String> modes = new TreeMap<>(updateModes());
        for (ConfigDef.ConfigKey key : new TreeMap<>(definition().configKeys()).values()) {
            row(key, modes.getOrDefault(key.name, "read-only"));
        }
    }

    private static void topics() throws Exception {
        ConfigDef definition = (ConfigDef) topicClass().getMethod("configDefCopy").invoke(null);
        Map<?, ?> followed = (Map<?, ?>) Class.forName("org.apache.kafka.server.config.ServerTopicConfigSynonyms")
            .getField("ALL_TOPIC_CONFIG_SYNONYMS").get(null);
        for (ConfigDef.ConfigKey key : new TreeMap<>(definition.configKeys()).values()) {
            List<String> names = new ArrayList<>();
            if (followed.get(key.name) instanceof Collection<?> synonyms) {
                for (Object synonym : synonyms) {
                    names.add((String) synonym.getClass().getMethod("name").invoke(synonym));
                }
            }
            row(key, String.join("|", names));
        }
    }

    private static void row(ConfigDef.ConfigKey key, String last) throws Exception {
        System.out.println(String.join("\t", key.name, key.type.toString().toLowerCase(), text(key.defaultValue),
            valid(key.validator), key.importance.toString().toLowerCase(), last));
    }

    private static void checkNode(String file, Properties properties) throws Exception {
        TreeSet<String> unknown = new TreeSet<>(properties.stringPropertyNames());
        unknown.removeAll(definition().names());
        unknown.forEach(name -> System.out.println(file + "\tunknown\t" + name));
        try {
            Class.forName("kafka.server.KafkaConfig").getConstructor(Map.class).newInstance(properties);
            System.out.println(file + "\taccepted\t");
        } catch (InvocationTargetException refusal) {
            System.out.println(file + "\trefused\t" + oneLine(refusal.getCause()));
        }
    }

    /** A worker passes what it does not know on to clients and plugins, so the clients' definitions count as well. */
    private static void checkWorker(String file, Properties properties) throws Exception {
        Class<?> type = Class.forName("org.apache.kafka.connect.runtime.distributed.DistributedConfig");
        Map<String, String> texts = new TreeMap<>();
        properties.forEach((key, value) -> texts.put(key.toString(), value.toString()));
        try {
            AbstractConfig config = (AbstractConfig) type.getConstructor(Map.class).newInstance(texts);
            TreeSet<String> unknown = new TreeSet<>(texts.keySet());
            unknown.removeAll(config.values().keySet());
            for (String name : unknown) {
                if (!known("", AdminClientConfig.configNames(), name)
                    && !known("admin.", AdminClientConfig.configNames(), name)
                    && !known("consumer.", ConsumerConfig.configNames(), name)
                    && !known("producer.", ProducerConfig.configNames(), name)) {
                    System.out.println(file + "\tunknown\t" + name);
                }
            }
            System.out.println(file + "\taccepted\t");
        } catch (InvocationTargetException refusal) {
            System.out.println(file + "\trefused\t" + oneLine(refusal.getCause()));
        }
    }

    private static boolean known(String prefix, Set<String> names, String name) {
        return name.startsWith(prefix) && names.contains(name.substring(prefix.length()));
    }

    private static void checkServer(String file, Properties properties) throws Exception {
        Class<?> type = Class.forName("org.apache.zookeeper.server.quorum.QuorumPeerConfig");
        Object config = type.getConstructor().newInstance();
        try {
            type.getMethod("parseProperties", Properties.class).invoke(config, properties);
            System.out.println(file + "\taccepted\t");
        } catch (InvocationTargetException refusal) {
            System.out.println(file + "\trefused\t" + oneLine(refusal.getCause()));
        }
    }

    /** What a controller asks of a topic's keys before it takes them. */
    private static void checkTopic(String file, Properties properties) throws Exception {
        for (Method method : topicClass().getMethods()) {
            if (!method.getName().equals("validate") || method.getParameterCount() != 1) {
                continue;
            }
            try {
                method.invoke(null, properties);
                System.out.println(file + "\taccepted\t");
            } catch (InvocationTargetException refusal) {
                System.out.println(file + "\trefused\t" + oneLine(refusal.getCause()));
            }
        }
    }

    private static Class<?> topicClass() throws Exception {
        return Class.forName("org.apache.kafka.storage.internals.log.LogConfig");
    }

    private static ConfigDef definition() throws Exception {
        return (ConfigDef) Class.forName("kafka.server.KafkaConfig").getMethod("configDef").invoke(null);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> updateModes() throws Exception {
        Method method;
        Object target = null;
        try {
            method = Class.forName("org.apache.kafka.server.config.DynamicBrokerConfig")
                .getMethod("dynamicConfigUpdateModes");
        } catch (ClassNotFoundException older) {
            Class<?> module = Class.forName("kafka.server.DynamicBrokerConfig$");
            target = module.getField("MODULE$").get(null);
            method = module.getMethod("dynamicConfigUpdateModes");
        }
        return (Map<String, String>) method.invoke(target);
    }

    private static String valid(ConfigDef.Validator validator) throws Exception {
        if (validator == null) {
            return "";
        }
        return switch (validator.getClass().getSimpleName()) {
            case "Range" -> bound(validator, "min") + ".." + bound(validator, "max");
            case "ValidString" -> words(validator, "validStrings");
            case "CaseInsensitiveValidString" -> "any case: " + words(validator, "validStrings");
            case "ValidList" -> "list: " + words(hidden(validator, "validString"), "validStrings");
            default -> "";
        };
    }

    private static String bound(Object range, String name) throws Exception {
        Object value = hidden(range, name);
        return value == null ? "" : value.toString();
    }

    private static String words(Object holder, String name) throws Exception {
        Object value = hidden(holder, name);
        return ((Collection<?>) value).stream().map(Object::toString).sorted().collect(Collectors.joining("|"));
    }

    private static Object hidden(Object holder, String name) throws Exception {
        Field field = holder.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(holder);
    }

    private static String text(Object value) {
        if (value == null) {
            return "null";
        }
        if (value == ConfigDef.NO_DEFAULT_VALUE) {
            return "required";
        }
        if (value instanceof Collection<?> items) {
            return items.stream().map(Object::toString).collect(Collectors.joining(","));
        }
        if (value instanceof Class<?> type) {
            return type.getName();
        }
        return value.toString().replace("\t", " ").replace("\n", " ");
    }

    private static String oneLine(Throwable cause) {
        return String.valueOf(cause.getMessage()).replace("\t", " ").replace("\n", " ");
    }
}
